import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Api, startApi, tokenIn } from '../kit/api.js';
import { codeAt } from '../kit/authenticator.js';
import { dump, foundIn, HandedOut } from '../kit/dump.js';
import type { Answer, Json, Send } from '../kit/http-client.js';

/** What a thief of the database would look for. A feature that hands out secrets adds a line that exercises it. */
describe('S10 a dump of the database', () => {
  const handedOut = new HandedOut();
  const email = 'grace@example.com';
  const password = 'the password of Grace at first';
  let api: Api;
  let signedIn: Json;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  const post = (path: string, options: Send = {}): Promise<Answer> =>
    handedOut.call(path, api.post(path, options), options);
  const mail = async (subject: string, to = email) => {
    const text = await api.mailTo(to, subject);
    handedOut.keepRandom(`the mail "${subject}"`, text);
    return tokenIn(text);
  };

  it('holds what the tables hold, so that what is not found in it below is not there', async () => {
    const planted = randomBytes(32).toString('base64url');
    await api.database.query('CREATE TABLE planted (id int, as_text text, as_json jsonb, as_bytes bytea)');
    await api.database.query(
      `INSERT INTO planted VALUES (1, $1, NULL, NULL), (2, NULL, jsonb_build_object('deep', jsonb_build_array($1::text)), NULL),
         (3, NULL, NULL, convert_to($1, 'UTF8')), (4, NULL, NULL, decode($2, 'hex')), (5, $3, NULL, NULL), (6, $2, NULL, NULL)`,
      [planted, Buffer.from(planted, 'base64url').toString('hex'), Buffer.from(planted).toString('base64')],
    );
    expect(foundIn(await dump(api.database), planted)).toHaveLength(6);
    await api.database.query('DROP TABLE planted');
    expect(foundIn(await dump(api.database), planted)).toEqual([]);
  });

  it('registration, its mail and the password chosen', async () => {
    await post('/api/auth/register', { body: { email, name: 'Grace Hopper', password } });
    const token = await mail('Confirm your e-mail address');
    await api.post('/api/auth/register', { body: { email: 'pending@example.com', name: 'Pending', password } });
    await mail('Confirm your e-mail address', 'pending@example.com');
    await post('/api/auth/email/verify', { body: { token, password } });
  });

  it('sign-in, as tokens and as cookies, and rotation', async () => {
    signedIn = (await post('/api/auth/login', { body: { email, password } })).body.data;
    const next = await post('/api/auth/refresh', { body: { refreshToken: signedIn.refreshToken } });
    await post('/api/auth/refresh', { body: { refreshToken: next.body.data.refreshToken } });
    await post('/api/auth/login', { body: { email, password, transport: 'cookie' } });
  });

  it('a forgotten password, and the one chosen instead', async () => {
    await post('/api/auth/password/forgot', { body: { email } });
    const token = await mail('Choose a new password');
    await post('/api/auth/password/reset', { body: { token, password: 'the second password of Grace' } });
    await post('/api/auth/password/forgot', { body: { email } });
    await mail('Choose a new password');
  });

  it('a second factor, its recovery codes, and a sign-in that waits for it', async () => {
    const body = { email, password: 'the second password of Grace' };
    const token = (await post('/api/auth/login', { body })).body.data.accessToken;
    const setup = await post('/api/auth/mfa/setup', { token });
    const code = codeAt(setup.body.data.secret, api.clock.milliseconds());
    await post('/api/auth/mfa/enable', { token, body: { code } });
    await post('/api/auth/login', { body });
  });

  it('an invitation', async () => {
    const { token } = await api.person('admin');
    await post('/api/users', { token, body: { email: 'invited@example.com', name: 'Invited' } });
    await mail('Your account', 'invited@example.com');
  });

  it('an order under an idempotency key, whose answer is kept', async () => {
    const { token } = await api.person();
    const body = { items: [{ productId: await api.product(), quantity: 1 }] };
    await post('/api/orders', { token, body, headers: { 'idempotency-key': 'once' } });
  });

  it('holds nothing of all that was handed out', async () => {
    const whole = await dump(api.database);
    // Mails were given to jobs, tokens and all: what is left of those lies in the queue.
    expect(whole.match(/^pgboss\.\w+ .*"name": "mail\.send"/gm)?.length).toBeGreaterThanOrEqual(5);
    expect(whole, 'the calls have left their traces').toMatch(/grace@example\.com[\s\S]*invited@example\.com/);
    expect(handedOut.secrets.size).toBeGreaterThanOrEqual(12);
    for (const [secret, from] of handedOut.secrets) expect(foundIn(whole, secret), from).toEqual([]);
  });

  it('holds none of the keys that would open it', async () => {
    const { JWT_KEYS = '', ENCRYPTION_KEYS = '' } = inject('server').secrets;
    const [{ d }] = JSON.parse(JWT_KEYS).keys;
    const whole = await dump(api.database);
    for (const key of [d, ENCRYPTION_KEYS.split(':')[1]]) expect(foundIn(whole, key)).toEqual([]);
  });
});
