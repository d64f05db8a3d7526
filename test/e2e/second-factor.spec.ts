import { randomBytes } from 'node:crypto';
import { EncryptedColumns } from '@gatehouse/platform/secrets';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { challenge, codeAt, enrolled, stepMs, verify, wrongCode } from '../kit/authenticator.js';

describe('a second factor', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
    api.clock.hold();
  });
  afterAll(() => api.close());

  const now = (secret: string) => codeAt(secret, api.clock.milliseconds());
  const status = async (token: string) => (await api.get('/api/auth/mfa', { token })).body.data;
  const session = async (token: string) => (await api.get('/api/auth/session', { token })).body.data.session;

  it('is set up, enabled, asked for at the next sign-in, and taken away again', async () => {
    const person = await api.person();
    expect(await status(person.token)).toEqual({ enabled: false, since: null, recoveryCodesLeft: 0 });

    const setup = await api.post('/api/auth/mfa/setup', { token: person.token });
    expect(setup.status).toBe(200);
    expect(setup.headers.get('cache-control')).toBe('no-store');
    const { secret, otpauthUrl } = setup.body.data;
    expect(secret).toMatch(/^[A-Z2-7]{32,}$/);
    expect(otpauthUrl).toBe(
      `otpauth://totp/localhost:${encodeURIComponent(person.email)}?secret=${secret}&issuer=localhost`,
    );
    expect(await status(person.token)).toMatchObject({ enabled: false });
    expect((await session(person.token)).secondFactor).toBe(false);

    const enabling = await api.post('/api/auth/mfa/enable', { token: person.token, body: { code: now(secret) } });
    expect(enabling.status).toBe(200);
    const { recoveryCodes, tokens } = enabling.body.data;
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(await session(tokens.accessToken)).toMatchObject({ methods: ['password', 'otp'], secondFactor: true });
    const since = new Date(api.clock.milliseconds()).toISOString();
    expect(await status(tokens.accessToken)).toEqual({ enabled: true, since, recoveryCodesLeft: 10 });
    expect(await api.mailTo(person.email, 'Your second factor is enabled')).toContain('authenticator');

    api.clock.advance(stepMs);
    const signedIn = await verify(api, await challenge(api, person), now(secret));
    expect(signedIn.status).toBe(200);
    expect(signedIn.headers.get('cache-control')).toBe('no-store');
    const token = signedIn.body.data.accessToken;
    expect(await session(token)).toMatchObject({ methods: ['password', 'otp'], secondFactor: true });
    expect(
      (await api.post('/api/auth/refresh', { body: { refreshToken: signedIn.body.data.refreshToken } })).status,
    ).toBe(200);

    const disabling = await api.post('/api/auth/mfa/disable', { token });
    expect(disabling.status).toBe(200);
    expect(await status(disabling.body.data.accessToken)).toMatchObject({ enabled: false, recoveryCodesLeft: 0 });
    expect((await session(disabling.body.data.accessToken)).secondFactor).toBe(false);
    expect(await api.mailTo(person.email, 'Your second factor is disabled')).toContain('no code');
    const { email, password } = person;
    expect((await api.post('/api/auth/login', { body: { email, password } })).body.data.accessToken).toBeDefined();
  });

  it('comes with a QR code that is a PNG', async () => {
    const { token } = await api.person();
    const { qrCode } = (await api.post('/api/auth/mfa/setup', { token })).body.data;
    const [, encoded = ''] = /^data:image\/png;base64,([A-Za-z0-9+/]+=*)$/.exec(qrCode) ?? [];
    const png = Buffer.from(encoded, 'base64');
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    expect(png.subarray(12, 16).toString()).toBe('IHDR');
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
    expect([width === height, width > 100]).toEqual([true, true]);
    expect(png.subarray(-8, -4).toString()).toBe('IEND');
  });

  it('takes a recovery code however it is written, tells by mail how many are left, and makes new ones', async () => {
    const person = await enrolled(api);
    const [first = '', second = ''] = person.recoveryCodes;
    const written = ` ${first.toLowerCase().replaceAll('-', ' ')}`;
    const signedIn = await verify(api, await challenge(api, person), written);
    expect(signedIn.status).toBe(200);
    const { accessToken: token } = signedIn.body.data;
    expect(await session(token)).toMatchObject({ methods: ['password', 'recovery-code'], secondFactor: true });
    expect(await status(token)).toMatchObject({ recoveryCodesLeft: 9 });
    expect(await api.mailTo(person.email, 'A recovery code was used')).toContain('9 of them are left');

    const renewed = await api.post('/api/auth/mfa/recovery-codes', { token });
    expect(renewed.status).toBe(200);
    const { recoveryCodes } = renewed.body.data;
    expect(recoveryCodes).toHaveLength(10);
    expect(recoveryCodes).not.toContain(second);
    expect(await status(token)).toMatchObject({ recoveryCodesLeft: 10 });
    expect((await verify(api, await challenge(api, person), recoveryCodes[0])).status).toBe(200);
  });

  it('forgets a secret that is pending when another is set up, and refuses one more beside an enabled one', async () => {
    const { token } = await api.person();
    const setUp = () => api.post('/api/auth/mfa/setup', { token });
    const enable = (code: string) => api.post('/api/auth/mfa/enable', { token, body: { code } });
    expect((await enable('000000')).status).toBe(409);
    const [old, fresh] = [(await setUp()).body.data.secret, (await setUp()).body.data.secret];
    expect(fresh).not.toBe(old);
    const refused = await enable(now(old));
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toEqual([{ field: 'code', message: 'is not what your authenticator shows now' }]);
    const { tokens } = (await enable(now(fresh))).body.data;
    const again = { token: tokens.accessToken };
    expect((await api.post('/api/auth/mfa/setup', again)).status).toBe(409);
    expect((await api.post('/api/auth/mfa/enable', { ...again, body: { code: now(fresh) } })).status).toBe(409);
  });

  it('that nobody enabled can be neither disabled nor given recovery codes', async () => {
    const { token } = await api.person('customer', { secondFactor: true });
    await api.post('/api/auth/mfa/setup', { token });
    for (const path of ['disable', 'recovery-codes']) {
      expect([path, (await api.post(`/api/auth/mfa/${path}`, { token })).status]).toEqual([path, 409]);
    }
  });

  it('refuses what can be no code with 400, and counts no try for it', async () => {
    const person = await enrolled(api);
    const mfaToken = await challenge(api, person);
    for (const code of ['', '12345', 'abcdef', '1'.repeat(1_000), 123456, null, ['123456']]) {
      const answer = await api.post('/api/auth/mfa/verify', { body: { mfaToken, code } });
      expect([code, answer.status, answer.body.code]).toEqual([code, 400, 'VALIDATION_FAILED']);
    }
    expect((await verify(api, mfaToken, now(person.secret))).status).toBe(200);
  });

  it('hands tokens over as cookies where the sign-in asked for them', async () => {
    const person = await enrolled(api);
    const { email, password } = person;
    const { body } = await api.post('/api/auth/login', { body: { email, password, transport: 'cookie' } });
    const answer = await verify(api, body.data.mfaToken, now(person.secret));
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body.data).sort()).toEqual(['csrfToken', 'expiresAt', 'tokenType']);
    expect(answer.headers.getSetCookie().map((cookie) => cookie.split('=')[0])).toContain('__Host-gatehouse-access');
  });

  it('that is lost with its recovery codes is taken away by the operator, as whom the trail names', async () => {
    const { id, email, password } = await enrolled(api);
    await api.database.query('DELETE FROM second_factors WHERE user_id = $1', [id]);
    expect((await api.post('/api/auth/login', { body: { email, password } })).body.data.accessToken).toBeDefined();
    const [entry] = await api.database.query<{ process: string }>(
      "SELECT process FROM audit_entries WHERE action = 'second-factor.deleted' AND resource_id = $1",
      [id],
    );
    expect(entry?.process).toMatch(/^database role /);
  });

  it('still works when its key was replaced and everything encrypted anew', async () => {
    const person = await enrolled(api);
    const { secrets } = inject('server');
    const ring = `next:${randomBytes(32).toString('base64')}`;
    const both = await startApi({
      database: api.database,
      environment: { ENCRYPTION_KEYS: `${ring},${secrets['ENCRYPTION_KEYS']}` },
    });
    try {
      const columns = await both.app.get(EncryptedColumns).reencrypt();
      expect(columns.find(({ column }) => column === 'second_factors.secret')).toMatchObject({ failures: [] });
    } finally {
      await both.close();
    }
    const next = await startApi({ database: api.database, environment: { ENCRYPTION_KEYS: ring } });
    try {
      next.clock.hold();
      next.clock.advance(api.clock.milliseconds() - next.clock.milliseconds());
      const code = codeAt(person.secret, next.clock.milliseconds());
      expect(
        (await verify(next, await challenge(next, person), wrongCode(person.secret, next.clock.milliseconds()))).status,
      ).toBe(401);
      expect((await verify(next, await challenge(next, person), code)).status).toBe(200);
      expect((await verify(next, await challenge(next, person), person.recoveryCodes[0] ?? '')).status).toBe(200);
    } finally {
      await next.close();
    }
  });
});
