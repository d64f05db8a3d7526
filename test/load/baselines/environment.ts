/** What a baseline reads of the environment that the measured service is started with too. */
export interface Environment {
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly redisUrl: string;
  readonly redisPrefix: string;
  readonly jwtKeys: string;
  readonly port: number;
  readonly anonymous: Rate;
  readonly user: Rate;
}

export interface Rate {
  readonly limit: number;
  readonly windowMs: number;
}

export function readEnvironment(): Environment {
  return {
    databaseUrl: variable('DATABASE_URL'),
    poolSize: Number(process.env['DATABASE_POOL_SIZE'] ?? 10),
    redisUrl: variable('REDIS_URL'),
    redisPrefix: variable('REDIS_PREFIX'),
    jwtKeys: variable('JWT_KEYS'),
    port: Number(variable('PORT')),
    anonymous: rate(variable('RATE_LIMIT_ANONYMOUS')),
    user: rate(variable('RATE_LIMIT_USER')),
  };
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

function rate(text: string): Rate {
  const [, limit, minutes] = /^(\d+)\/(\d+)m$/.exec(text) ?? [];
  if (limit === undefined || minutes === undefined) throw new Error(`a baseline reads rates in minutes, not "${text}"`);
  return { limit: Number(limit), windowMs: Number(minutes) * 60_000 };
}
