import { Clock } from '@gatehouse/platform/clock';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { challenge, codeAt, type Enrolled, enrolled, stepMs, verify, wrongCode } from '../kit/authenticator.js';
import { send } from '../kit/http-client.js';
import { start } from '../kit/processes.js';

const minute = 60_000;

const databaseOf = ({ database }: Api) =>
  Object.assign(new URL(database.superuserUrl), { pathname: `/${database.name}` }).href;

describe('changing the second factor', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
    api.clock.hold();
  });
  afterAll(() => api.close());

  const signIn = ({ email, password }: Person) => api.post('/api/auth/login', { body: { email, password } });
  const shownNow = ({ secret }: Enrolled) => codeAt(secret, api.clock.milliseconds());
  const isSignedIn = async (token: string) => (await api.get('/api/auth/session', { token })).status === 200;
  const liveSessions = async ({ id }: Person) =>
    (await api.database.query('SELECT FROM sessions WHERE user_id = $1 AND ended_at IS NULL', [id])).length;
  const post = (path: string, token: string, body?: unknown) => api.post(`/api/auth/mfa/${path}`, { token, body });

  const expectOnly = async (person: Person, other: string, renewed: string) => {
    expect(await Promise.all([other, person.token, renewed].map(isSignedIn))).toEqual([false, false, true]);
    const refreshing = await api.post('/api/auth/refresh', { body: { refreshToken: person.refreshToken } });
    expect(refreshing.status).toBe(401);
    expect(await liveSessions(person)).toBe(1);
  };

  describe('with the secret', () => {
    it('S23 S10 neither the secret nor a recovery code stands in the database, its trail or a later answer', async () => {
      const person = await enrolled(api);
      const answers = [await api.get('/api/auth/mfa', { token: person.token }), await post('setup', person.token)];
      const [{ rows } = { rows: '' }] = await api.database.query<{ rows: string }>(
        `SELECT concat((SELECT json_agg(t) FROM second_factors t), (SELECT json_agg(t) FROM recovery_codes t),
                       (SELECT json_agg(t) FROM audit_entries t)) AS rows`,
      );
      expect(rows).toContain(person.id);
      expectNone([rows, ...answers.map(({ text }) => text)], [person.secret, ...person.recoveryCodes]);
    });

    it('S53 neither the secret nor a code or token of a sign-in stands in the log', async () => {
      const environment = {
        NODE_ENV: 'development',
        DATABASE_URL: api.database.url,
        LOG_LEVEL: 'debug',
        DEMO_DATA: 'false',
      };
      const process = start('api', [], { ...environment, ...inject('server').secrets });
      try {
        const url = await process.listening();
        const post: Api['post'] = (path, options) => send(`${url}${path}`, 'POST', options);
        const there = { ...api, post, clock: new Clock() };
        const person = await enrolled(there);
        const mfaToken = await challenge(there, person);
        const wrong = wrongCode(person.secret, Date.now());
        expect((await verify(there, mfaToken, wrong)).status).toBe(401);
        await process.says(/("event":"second-factor.failed")/);
        const code = codeAt(person.secret, Date.now());
        const { accessToken, refreshToken } = (await verify(there, mfaToken, code)).body.data;
        const codes = [`"${wrong}"`, `"${code}"`];
        const recoveryCode = person.recoveryCodes[0] ?? '';
        expect((await verify(there, await challenge(there, person), recoveryCode)).status).toBe(200);
        expectNone(
          [process.output],
          [person.secret, ...person.recoveryCodes, mfaToken, accessToken, refreshToken, ...codes],
        );
      } finally {
        await process.stop();
      }
    });

    it('S23 the trail tells that a second factor was set up and enabled, and not by which secret', async () => {
      const { id } = await enrolled(api);
      const entries = await api.database.query<{ action: string; changes: Record<string, unknown> }>(
        "SELECT action, changes FROM audit_entries WHERE resource = 'second-factor' AND resource_id = $1 ORDER BY id",
        [id],
      );
      expect(entries.map(({ action }) => action)).toEqual([
        'second-factor.created',
        'second-factor.updated',
        'second-factor.updated',
      ]);
      expect(entries[0]?.changes['secret']).toEqual(['[redacted]', '[redacted]']);
      expect(entries[1]?.changes).toHaveProperty('enabled_at');
    });

    it('S23 a secret that is copied into the row of another user signs nobody in', async () => {
      const [mine, theirs] = [await enrolled(api), await enrolled(api)];
      await api.database.query(
        'UPDATE second_factors SET secret = (SELECT secret FROM second_factors WHERE user_id = $1) WHERE user_id = $2',
        [mine.id, theirs.id],
      );
      expect((await verify(api, await challenge(api, theirs), shownNow(mine))).status).toBe(500);
      expect(await liveSessions(theirs)).toBe(1);
    });

    it('S23 enabling wants a valid code of the pending secret', async () => {
      const person = await api.person();
      const { secret } = (await post('setup', person.token)).body.data;
      const [late, early] = [-2, 2].map((steps) => codeAt(secret, api.clock.milliseconds() + steps * stepMs));
      for (const code of [wrongCode(secret, api.clock.milliseconds()), late, early, 'A'.repeat(24)]) {
        expect((await post('enable', person.token, { code })).status).toBe(400);
      }
      expect((await signIn(person)).body.data.accessToken).toBeDefined();
    });

    it('S23 an enabled secret is not replaced by setting up another', async () => {
      const person = await enrolled(api);
      expect((await post('setup', person.token)).status).toBe(409);
      expect((await verify(api, await challenge(api, person), shownNow(person))).status).toBe(200);
    });
  });

  describe('with a session', () => {
    it('S23 each change wants a sign-in of the last five minutes, and the refusal names all that is missing', async () => {
      const [stale, strong] = [await api.person(), await enrolled(api)];
      const recentSignIn = { maxAgeSeconds: 300 };
      for (const path of ['disable', 'recovery-codes']) {
        const answer = await post(path, stale.token);
        expect([path, answer.status, answer.body.required]).toEqual([path, 403, { secondFactor: true }]);
      }
      api.clock.advance(5 * minute + 1);
      for (const [path, body] of [['setup'], ['enable', { code: '123456' }]] as const) {
        const answer = await post(path, stale.token, body);
        expect([path, answer.status, answer.body.required]).toEqual([path, 403, { recentSignIn }]);
      }
      for (const path of ['disable', 'recovery-codes']) {
        const neither = await post(path, stale.token);
        expect([path, neither.status, neither.body.required]).toEqual([
          path,
          403,
          { secondFactor: true, recentSignIn },
        ]);
        const old = await post(path, strong.token);
        expect([path, old.status, old.body.required]).toEqual([path, 403, { recentSignIn }]);
      }
      const fresh = await verify(api, await challenge(api, strong), shownNow(strong));
      expect((await post('disable', fresh.body.data.accessToken)).status).toBe(200);
    });

    it('S23 a session that is refreshed or renewed does not become a recent sign-in', async () => {
      const person = await enrolled(api);
      api.clock.advance(5 * minute + 1);
      const { body } = await api.post('/api/auth/refresh', { body: { refreshToken: person.refreshToken } });
      expect((await post('disable', body.data.accessToken)).status).toBe(403);
    });

    it('S8 enabling the second factor ends every other session and the old tokens of this one', async () => {
      const person = await api.person();
      const other = (await signIn(person)).body.data.accessToken;
      const { secret } = (await post('setup', person.token)).body.data;
      expect(await Promise.all([other, person.token].map(isSignedIn))).toEqual([true, true]);
      const { body } = await post('enable', person.token, { code: codeAt(secret, api.clock.milliseconds()) });
      await expectOnly(person, other, body.data.tokens.accessToken);
    });

    it('S8 disabling the second factor ends every other session and the old tokens of this one', async () => {
      const person = await enrolled(api);
      const other = (await verify(api, await challenge(api, person), shownNow(person))).body.data.accessToken;
      expect(await Promise.all([other, person.token].map(isSignedIn))).toEqual([true, true]);
      const { body } = await post('disable', person.token);
      await expectOnly(person, other, body.data.accessToken);
    });

    it('S8 enabling waits for a sign-in that is under way, and ends its session', async () => {
      const person = await api.person();
      const { secret } = (await post('setup', person.token)).body.data;
      const signingIn = new pg.Client({ connectionString: databaseOf(api) });
      await signingIn.connect();
      try {
        // A session that is begun and not yet committed, as its own transaction has it.
        await signingIn.query('BEGIN');
        await signingIn.query('SELECT FROM users WHERE id = $1 FOR SHARE', [person.id]);
        await signingIn.query(
          `INSERT INTO sessions SELECT (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid()))).*
           FROM sessions s WHERE user_id = $1`,
          [person.id],
        );
        const enabling = post('enable', person.token, { code: codeAt(secret, api.clock.milliseconds()) });
        await expect.poll(() => waiting(api)).toBe(1);
        await signingIn.query('COMMIT');
        expect((await enabling).status).toBe(200);
      } finally {
        await signingIn.end();
      }
      expect(await liveSessions(person)).toBe(1);
    });

    it('S8 a sign-in that was under way when the second factor was enabled begins no session, but is asked for it', async () => {
      const person = await api.person();
      await post('setup', person.token);
      const writer = new pg.Client({ connectionString: databaseOf(api) });
      await writer.connect();
      try {
        await writer.query('BEGIN');
        await writer.query('SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE', [person.id]);
        await writer.query('UPDATE second_factors SET enabled_at = now() WHERE user_id = $1', [person.id]);
        const signingIn = signIn(person);
        await expect.poll(() => waiting(api)).toBe(1);
        await writer.query('COMMIT');
        const { data } = (await signingIn).body;
        expect([data.mfaRequired, data.accessToken]).toEqual([true, undefined]);
      } finally {
        await writer.end();
      }
      expect(await liveSessions(person)).toBe(1);
    });
  });

  describe('with recovery codes', () => {
    it('S25 a recovery code works once, and not at all once new ones were made', async () => {
      const person = await enrolled(api);
      const [first = '', second = '', third = ''] = person.recoveryCodes;
      expect((await verify(api, await challenge(api, person), first)).status).toBe(200);
      expect((await verify(api, await challenge(api, person), first)).status).toBe(401);
      const { accessToken } = (await verify(api, await challenge(api, person), second)).body.data;
      const { recoveryCodes } = (await post('recovery-codes', accessToken)).body.data;
      expect((await verify(api, await challenge(api, person), third)).status).toBe(401);
      expect((await verify(api, await challenge(api, person), recoveryCodes[9])).status).toBe(200);
    });

    it('S25 recovery codes end with the second factor that they are for', async () => {
      const person = await enrolled(api);
      const { accessToken } = (await post('disable', person.token)).body.data;
      const { secret } = (await post('setup', accessToken)).body.data;
      await post('enable', accessToken, { code: codeAt(secret, api.clock.milliseconds()) });
      expect((await verify(api, await challenge(api, person), person.recoveryCodes[0] ?? '')).status).toBe(401);
    });
  });
});

/** How many of the API's statements wait for a lock. */
async function waiting({ database }: Api): Promise<number> {
  const rows = await database.query(
    "SELECT FROM pg_stat_activity WHERE datname = $1 AND application_name = 'gatehouse' AND wait_event_type = 'Lock'",
    [database.name],
  );
  return rows.length;
}

function expectNone(texts: readonly string[], secrets: readonly string[]): void {
  for (const text of texts.map((one) => one.toLowerCase())) {
    for (const secret of secrets.map((one) => one.toLowerCase())) {
      const plain = secret.replaceAll('-', '');
      const bytes = [plain, plain.toUpperCase()].map((one) => Buffer.from(one).toString('hex'));
      for (const form of [secret, plain, ...bytes]) expect(text).not.toContain(form);
    }
  }
}
