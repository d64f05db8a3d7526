import { availableParallelism } from 'node:os';
import { Redis } from 'ioredis';
import pg from 'pg';
import { BenchError } from './bench-error.js';
import { output } from './processes.js';

export interface Requirements {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** Core that the servers run on, and the one that the client does; `undefined` where they can't be kept apart. */
  readonly serverCores: string | undefined;
  readonly clientCore: string | undefined;
  /** Every core but the client's, as taskset takes them. */
  readonly otherCores: string | undefined;
  /** Versions of the two servers, for the table's last line. */
  readonly versions: string;
}

/** @throws BenchError with one line for each thing that is missing. */
export async function findRequirements(): Promise<Requirements> {
  const postgresUrl = process.env['BENCH_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
  const redisUrl = process.env['BENCH_REDIS_URL'] ?? 'redis://127.0.0.1:6379';
  const found = await Promise.allSettled([askWrk(), askPostgres(postgresUrl), askRedis(redisUrl)]);
  const missing = found.flatMap((one) => (one.status === 'rejected' ? [String(one.reason.message)] : []));
  if (missing.length > 0) throw new BenchError(missing.join('\n'));
  const apart = availableParallelism() > 1 && (await has('taskset'));
  return {
    postgresUrl,
    redisUrl,
    serverCores: apart ? '0' : undefined,
    clientCore: apart ? '1' : undefined,
    otherCores: apart ? others() : undefined,
    versions: found.flatMap((one) => (one.status === 'fulfilled' && one.value !== '' ? [one.value] : [])).join(', '),
  };
}

function others(): string {
  return Array.from({ length: availableParallelism() }, (_, core) => core)
    .filter((core) => core !== 1)
    .join(',');
}

async function has(program: string): Promise<boolean> {
  return output(['sh', '-c', `command -v ${program}`]).then(
    () => true,
    () => false,
  );
}

async function askWrk(): Promise<string> {
  if (!(await has('wrk'))) throw new BenchError('wrk is not installed: apt-get install wrk (or brew install wrk)');
  return '';
}

async function askPostgres(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string; superuser: boolean }>(
      "SELECT current_setting('server_version') AS version, rolsuper AS superuser FROM pg_roles WHERE rolname = current_user",
    );
    if (rows[0]?.superuser !== true) throw new Error('its user is no superuser');
    return `PostgreSQL ${rows[0].version.split(' ', 1)[0]}`;
  } catch (error) {
    throw new BenchError(
      `PostgreSQL can't be used at ${placeOf(url)} (${reason(error)}): set BENCH_DATABASE_URL to a superuser's URL`,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function askRedis(url: string): Promise<string> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 2_000, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const [, version = ''] = /redis_version:(\S+)/.exec(await redis.info('server')) ?? [];
    return `Redis ${version}`;
  } catch (error) {
    throw new BenchError(`Redis can't be used at ${placeOf(url)} (${reason(error)}): set BENCH_REDIS_URL`);
  } finally {
    redis.disconnect();
  }
}

/** The URL without a password that may stand in it. */
function placeOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'no URL';
}

function reason(error: unknown): string {
  if (error instanceof AggregateError) return reason(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
