import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { send } from '../kit/http-client.js';
import { type Running, start } from '../kit/processes.js';

const calls = 1_000;
const { redisUrl, secrets } = inject('server');

describe('what a guarded request costs once its principal is known', () => {
  let kit: Api;
  let running: Running;
  let url: string;
  beforeAll(async () => {
    kit = await startApi({ environment: { JOBS: 'worker' } });
    running = start('api', [], {
      NODE_ENV: 'development',
      DATABASE_URL: kit.database.url,
      DEMO_DATA: 'false',
      JOBS: 'worker',
      RATE_LIMIT_USER: '1000000/15m',
      ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl, REDIS_PREFIX: `${kit.database.name}:` }),
      ...secrets,
    });
    url = await running.listening();
  });
  afterAll(async () => {
    await running.stop();
    await kit.close();
  });

  const roleHolding = async (count: number): Promise<string> => {
    // Names that no feature declares, as a role that is older than the code may hold: letters only, like all names.
    const named = (index: number) => `read:${[...String(index)].map((digit) => 'abcdefghij'[Number(digit)]).join('')}`;
    const filler = Array.from({ length: count - 1 }, (_, index) => named(index));
    await kit.database.role(`holds-${count}`, [...filler, 'manage:role']);
    return `holds-${count}`;
  };
  const warm = async (token: string, path: string) => {
    for (let call = 0; call < 20; call += 1) expect((await send(`${url}${path}`, 'GET', { token })).status).toBe(200);
  };
  /** What connections of the service's pool were given since then, the recording of ended grants aside. */
  const statementsSince = (instant: Date) =>
    kit.database.query(
      `SELECT query FROM pg_stat_activity WHERE datname = $1 AND application_name = 'gatehouse'
         AND query_start > $2 AND query NOT LIKE '%end_recorded%'`,
      [kit.database.name, instant],
    );
  const now = async () =>
    (await kit.database.query<{ at: Date }>('SELECT clock_timestamp() AS at'))[0]?.at ?? new Date(0);

  it(`is no SQL at all, and one Redis command each, over ${calls} of them`, async () => {
    const person = await kit.person();
    await warm(person.token, '/api/auth/session');
    const monitor = redisUrl === undefined ? undefined : await commandsUnder(redisUrl, `${kit.database.name}:`);
    const begun = await now();
    for (let batch = 0; batch < calls / 20; batch += 1) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => send(`${url}/api/auth/session`, 'GET', { token: person.token })),
      );
      for (const { status } of answers) expect(status).toBe(200);
    }
    expect(await statementsSince(begun)).toEqual([]);
    const commands = await monitor?.stop();
    const said = commands === undefined ? 'no Redis' : `${commands} Redis commands`;
    process.stdout.write(`${calls} warm guarded requests: 0 SQL statements, ${said}\n`);
    expect(commands ?? calls).toBe(calls);
    // What the count would have seen: a principal that isn't known yet.
    const stranger = await kit.person();
    const then = await now();
    await send(`${url}/api/auth/session`, 'GET', { token: stranger.token });
    expect((await statementsSince(then)).length).toBeGreaterThan(0);
  });

  it('is the same with 5, 50 and 500 permissions', async () => {
    const sizes = [5, 50, 500];
    const people = new Map<number, Person>();
    for (const size of sizes) people.set(size, await kit.person(await roleHolding(size)));
    const times = new Map<number, number[]>(sizes.map((size) => [size, []]));
    for (const { token } of people.values()) await warm(token, '/api/permissions');
    for (let call = 0; call < 400; call += 1) {
      for (const [size, { token }] of people) {
        const begun = performance.now();
        await send(`${url}/api/permissions`, 'GET', { token });
        times.get(size)?.push(performance.now() - begun);
      }
    }
    const medians = sizes.map((size) => times.get(size)?.toSorted((a, b) => a - b)[200] ?? Number.NaN);
    const shown = sizes.map((size, index) => `${size}: ${medians[index]?.toFixed(3)} ms`).join(', ');
    process.stdout.write(`a decided request by permissions held, medians of 400: ${shown}\n`);
    const [few = 0, , many = Number.POSITIVE_INFINITY] = medians;
    expect(many).toBeLessThan(few * 1.5);
  });
});

/** Counts what clients, not scripts, send to keys under `prefix` from now until it is stopped. */
async function commandsUnder(address: string, prefix: string): Promise<{ stop: () => Promise<number> }> {
  const redis = new Redis(address);
  const monitor = await redis.monitor();
  let count = 0;
  let last = false;
  const [begin, end] = ['begin', 'end'].map((word) => `${prefix}${word}-of-count`);
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (args.includes(end ?? '')) last = true;
    else if (source !== 'lua' && !args.includes(begin ?? '') && args.some((one) => one.startsWith(prefix))) count += 1;
  });
  await redis.exists(begin ?? '');
  return {
    stop: async () => {
      await redis.exists(end ?? '');
      await expect.poll(() => last, { timeout: 5_000, interval: 5 }).toBe(true);
      monitor.disconnect();
      redis.disconnect();
      return count;
    },
  };
}
