import { randomUUID } from 'node:crypto';
import { JobScheduler } from '@gatehouse/platform/jobs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { until } from '../kit/until.js';

const dayMs = 86_400_000;

describe('cleaning', () => {
  let api: Api;
  let person: Person;
  beforeAll(async () => {
    api = await startApi();
    person = await api.person();
  });
  afterAll(() => api.close());

  const count = async (table: string, where = 'true') =>
    (await api.database.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table} WHERE ${where}`))[0]
      ?.count ?? -1;
  /** Has every scheduled job run at the time that the clock shows. */
  const cleaned = async () => {
    await api.app.get(JobScheduler).tick();
    await until('all are done', async () => (await count('pgboss.job', "state < 'completed'")) === 0);
    expect(await count('pgboss.job', "state = 'failed' AND data->>'name' <> 'old'")).toBe(0);
  };

  it('S6 leaves what is good or could come back, and takes what is over for a day, however much it is', async () => {
    await cleaned();
    expect(await count('sessions')).toBe(1);
    await api.post('/api/auth/refresh', { body: { refreshToken: person.refreshToken } });
    await api.post('/api/auth/password/forgot', { body: { email: person.email } });
    await api.post('/api/auth/register', {
      body: { email: 'new@example.com', name: 'N', password: 'a good password' },
    });
    await api.mailTo(person.email, 'Choose a new password');
    await api.database.query(
      `INSERT INTO registrations (id, email, canonical_email, name, password_hash, token_hash, created_at, expires_at)
       SELECT gen_random_uuid(), 'e', 'e', 'n', 'h', uuid_send(gen_random_uuid()), now(), now() FROM generate_series(1, 2500)`,
    );
    expect(await count('refresh_tokens', 'used_at IS NOT NULL')).toBe(1);

    api.clock.advance(6 * dayMs);
    await cleaned();
    // A used token must be known as long as its session could have lived, ended or not.
    expect(await count('refresh_tokens', 'used_at IS NOT NULL')).toBe(1);
    for (const table of ['registrations', 'password_tokens']) expect([table, await count(table)]).toEqual([table, 0]);

    api.clock.advance(2.5 * dayMs);
    await cleaned();
    for (const table of ['sessions', 'refresh_tokens']) expect([table, await count(table)]).toEqual([table, 0]);
    const trail = await api.database.query<{ process: string }>(
      "SELECT process FROM audit_entries WHERE resource = 'session' AND action = 'session.deleted'",
    );
    expect(trail).toEqual([{ process: 'job auth.clean' }]);
  });

  it('takes answers under an idempotency key after a day, and finished jobs after two; dead ones stay', async () => {
    const key = (hours: number) =>
      api.database.query(
        `INSERT INTO idempotency_keys (user_id, route, key, request_hash, status, body, created_at)
         VALUES ($1, 'POST /', $2, '', 200, '{}', $3)`,
        [randomUUID(), `${hours} h`, new Date(api.clock.milliseconds() - hours * 3_600_000)],
      );
    for (const hours of [24, 49]) await key(hours);
    await api.database.query(
      `INSERT INTO pgboss.job (id, name, data, state, completed_on)
       SELECT gen_random_uuid(), 'short', '{"name":"old"}', state::pgboss.job_state, $1::timestamptz - age::interval
       FROM (VALUES ('completed', '1 day'), ('completed', '3 days'), ('failed', '3 days'), ('failed', '31 days')) AS jobs (state, age)`,
      [api.clock.now()],
    );
    api.clock.advance(3_600_000);
    await cleaned();
    expect(await api.database.query('SELECT key FROM idempotency_keys')).toEqual([{ key: '24 h' }]);
    expect(await count('pgboss.job', "data->>'name' = 'old'")).toBe(2);
    expect(await count('pgboss.job', "data->>'name' = 'old' AND state = 'failed'")).toBe(1);
  });

  it('takes a grant long after its end, and never before the trail says that it ended', async () => {
    const admin = await api.person('admin');
    const ended = new Date(api.clock.milliseconds() - 100 * dayMs);
    const grant = (permission: string, recorded: boolean, at: Date) =>
      api.database.query(
        `INSERT INTO grants (id, user_id, permission, starts_at, expires_at, granted_by, created_at, end_recorded)
         VALUES ($1, $2, $3, $4::timestamptz - interval '1 hour', $4, $5, $4, $6)`,
        [randomUUID(), person.id, permission, at, admin.id, recorded],
      );
    await grant('read:user', true, ended);
    await grant('read:order', true, new Date(api.clock.milliseconds() - 80 * dayMs));
    await grant('read:audit', false, new Date(api.clock.milliseconds() + 3_600_000));
    api.clock.advance(3_600_000);
    await cleaned();
    expect(await count('grants', "permission = 'read:user'")).toBe(0);
    expect(await count('grants')).toBe(2);
  });
});
