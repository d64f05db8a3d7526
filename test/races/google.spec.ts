import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { beginning, browserFor, callback, flowCookie, Google, newVerifier } from '../kit/google.js';

const times = <T>(count: number, work: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => work(i));
const rounds = times(10, (round) => round);

describe('sign-ins with Google at the same time', () => {
  const google = new Google();
  let api: Api;
  let other: Api;
  beforeAll(async () => {
    await google.start();
    api = await startApi({ environment: google.environment });
    other = await startApi({ environment: google.environment, database: api.database });
  });
  afterAll(async () => {
    await other.close();
    await api.close();
    await google.stop();
  });

  const count = async (table: string, email: string): Promise<number> => {
    const sql = `SELECT count(*) FROM users u LEFT JOIN ${table} t ON t.user_id = u.id WHERE u.email = $1 AND t.id IS NOT NULL`;
    return Number((await api.database.query<{ count: string }>(sql, [email]))[0]?.count);
  };
  const either = (index: number) => (index % 2 === 0 ? api : other);

  it('S26 begin one session of 20 callbacks with the same state, cookie and code, on two processes', async () => {
    for (const _ of rounds) {
      const { email } = google.newcomer();
      const browser = browserFor(api, google);
      const { address } = await browser.visit(beginning(), { before: callback });
      const cookie = browser.cookie('shop.example', flowCookie) ?? '';
      const visits = await Promise.all(
        times(20, (index) => {
          const copy = browserFor(either(index), google);
          copy.plant('shop.example', flowCookie, cookie);
          return copy.visit(address.href);
        }),
      );
      expect(visits.map(({ last }) => last.status).sort()).toEqual([302, ...times(19, () => 400)]);
      expect(await count('sessions', email)).toBe(1);
    }
  });

  it('S26 sign in once of 20 callbacks with one state, each with a good code of its own', async () => {
    // Google gives a new code, good for the same challenge, each time that its page is asked.
    for (const _ of rounds.slice(0, 5)) {
      const { email } = google.newcomer();
      const browser = browserFor(api, google);
      const [, page = ''] = (await browser.visit(beginning(), { before: callback })).trail;
      const cookie = browser.cookie('shop.example', flowCookie) ?? '';
      const doors = await Promise.all(times(20, () => browser.visit(page, { before: callback })));
      expect(new Set(doors.map(({ address }) => address.searchParams.get('code'))).size).toBe(20);
      const visits = await Promise.all(
        doors.map(({ address }, index) => {
          const copy = browserFor(either(index), google);
          copy.plant('shop.example', flowCookie, cookie);
          return copy.visit(address.href);
        }),
      );
      expect(visits.filter(({ last }) => last.status === 302)).toHaveLength(1);
      expect(await count('sessions', email)).toBe(1);
    }
  });

  it('S27 make one account of 20 first sign-ins of one person, who is signed in 20 times', async () => {
    for (const _ of rounds) {
      const { email } = google.newcomer();
      const visits = await Promise.all(times(20, (index) => browserFor(either(index), google).visit(beginning())));
      expect(visits.map(({ last }) => last.status)).toEqual(times(20, () => 302));
      expect(await count('identities', email)).toBe(1);
      expect(await count('sessions', email)).toBe(20);
    }
  });

  it('S27 link one of two Google accounts that come for the same address', async () => {
    for (const _ of rounds) {
      const { id, email } = await api.person();
      const browsers = times(2, (index) => browserFor(either(index), google));
      const doors = await Promise.all(browsers.map((browser) => browser.visit(beginning(), { before: callback })));
      let asked = 0;
      google.onUserinfo = (answer) => {
        asked += 1;
        answer.body = { sub: `${id}-${asked}`, email, email_verified: true };
      };
      const visits = await Promise.all(
        browsers.map((browser, index) => browser.visit(doors[index]?.address.href ?? '')),
      );
      google.mend();
      expect(visits.map(({ last }) => last.status).sort()).toEqual([302, 409]);
      expect(await count('identities', email)).toBe(1);
    }
  });

  it('S28 exchange a code once, of 20 that try', async () => {
    for (const _ of rounds) {
      const { email } = google.newcomer();
      const { verifier, challenge } = newVerifier();
      const start = beginning({ transport: 'bearer', codeChallenge: challenge });
      const code = (await browserFor(api, google).visit(start)).address.searchParams.get('code');
      const answers = await Promise.all(
        times(20, (index) => either(index).post('/api/auth/google/token', { body: { code, codeVerifier: verifier } })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...times(19, () => 400)]);
      expect(await count('sessions', email)).toBe(1);
    }
  });

  it('S8 leave no session of a link that was cut while it signed in', async () => {
    for (const _ of rounds) {
      const { id, email, token } = await api.person();
      google.newcomer({ sub: id, email });
      await browserFor(api, google).visit(beginning());
      const doors = await Promise.all(
        times(5, async (index) => {
          const browser = browserFor(either(index), google);
          return { browser, address: (await browser.visit(beginning(), { before: callback })).address.href };
        }),
      );
      const exchanged = Promise.all(doors.map(({ browser, address }) => browser.visit(address)));
      const unlinked = await api.delete('/api/auth/google', { token });
      await exchanged;
      // Whoever came after the cut linked anew, which is a first sign-in like any other; nobody else has a session.
      const linked = await api.database.query<{ at: Date }>(
        'SELECT created_at AS at FROM identities WHERE user_id = $1',
        [id],
      );
      const live = await api.database.query<{ methods: string[]; at: Date }>(
        'SELECT methods, last_seen_at AS at FROM sessions WHERE user_id = $1 AND ended_at IS NULL',
        [id],
      );
      expect(unlinked.status).toBe(200);
      const ofGoogle = live.filter(({ methods }) => methods.includes('google'));
      if (linked.length === 0) expect(ofGoogle).toEqual([]);
      for (const { at } of ofGoogle) expect(at.getTime()).toBeGreaterThanOrEqual(linked[0]?.at.getTime() ?? Infinity);
    }
  });
});
