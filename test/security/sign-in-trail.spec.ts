import { SecurityEvents } from '@gatehouse/platform/audit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type Person, tokenIn } from '../kit/api.js';
import { challenge, codeAt, type Enrolled, enrolled, stepMs, verify, wrongCode } from '../kit/authenticator.js';
import { GoogleStage } from '../kit/google-stage.js';
import type { Json } from '../kit/http-client.js';

interface Entry {
  readonly action: string;
  readonly actor: string | null;
  readonly subject: string;
  readonly session: string | null;
  readonly request: string | null;
  readonly address: string | null;
  readonly details: Json;
}

describe('the trail of signing in', () => {
  const stage = new GoogleStage();
  let api: Api;
  let person: Person;
  beforeAll(async () => {
    api = await stage.start();
  });
  afterEach(() => stage.google.mend());
  afterAll(() => stage.stop());
  beforeEach(async () => {
    person = await api.person();
  });

  const since = async (before: number): Promise<Entry[]> => {
    await api.app.get(SecurityEvents).flush();
    return api.database.query<Entry>(
      `SELECT action, actor_id AS actor, resource_id AS subject, session_id AS session, request_id AS request, address,
              details - 'count' - 'lastAt' AS details
       FROM audit_entries WHERE details IS NOT NULL ORDER BY occurred_at, id OFFSET $1`,
      [before],
    );
  };
  /** The events that the work leaves, in the order of what happened. */
  const left = async (work: () => Promise<unknown>): Promise<Entry[]> => {
    const before = (await since(0)).length;
    await work();
    return since(before);
  };
  const of = (action: string, fields: Partial<Entry> = {}) => expect.objectContaining({ action, ...fields });
  const byThemselves = ({ id }: Pick<Person, 'id'>): Partial<Entry> => ({ actor: id, subject: id });
  const signIn = (email: string, password: string, headers: Record<string, string> = {}) =>
    api.post('/api/auth/login', { body: { email, password }, headers });
  const sessionOf = (token: string): string =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sid;

  it('S52 a sign-in: who, by what, from where, in which request and session', async () => {
    let token = '';
    const events = await left(async () => {
      const answer = await signIn(person.email, person.password, { 'x-request-id': 'signs-in-request' });
      token = answer.body.data.accessToken;
    });
    expect(events).toEqual([
      {
        ...byThemselves(person),
        action: 'sign-in.done',
        session: sessionOf(token),
        request: 'signs-in-request',
        address: '127.0.0.1',
        details: { methods: ['password'], secondFactor: false, transport: 'bearer' },
      },
    ]);
  });

  it('S52 S53 a sign-in that fails says why, of whom by id alone, and nothing of what was typed', async () => {
    const disabled = await api.person();
    await api.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [disabled.id]);
    const passwordless = await api.person();
    await api.database.query('UPDATE users SET password_hash = NULL WHERE id = $1', [passwordless.id]);
    const typed = 'hunter2 in the wrong field';
    const events = await left(async () => {
      await signIn(person.email, typed);
      await signIn(disabled.email, disabled.password);
      await signIn(passwordless.email, typed);
      await signIn('nobody-there@example.com', typed);
    });
    const failed = (reason: string, subject: string) =>
      of('sign-in.failed', { actor: null, session: null, subject, details: { method: 'password', reason } });
    expect(events).toEqual([
      failed('wrong password', person.id),
      failed('disabled', disabled.id),
      failed('no password', passwordless.id),
      failed('unknown', '127.0.0.1'),
    ]);
    expect(JSON.stringify(events)).not.toMatch(/hunter2|nobody-there|@example/);
  });

  it('S52 a lock that begins, and the tries that meet it, which are counted and not written one by one', async () => {
    const events = await left(async () => {
      for (let guess = 0; guess < 40; guess += 1) await signIn(person.email, 'a wrong guess');
    });
    const locked = { budget: 'sign-in by account', until: expect.any(String) };
    expect(events.filter(({ action }) => action === 'attempts.locked')).toEqual([
      of('attempts.locked', { actor: null, subject: person.id, details: locked }),
    ]);
    const failed = events.filter(({ action }) => action === 'sign-in.failed');
    expect([...new Set(failed.map(({ details }) => details.reason))]).toEqual(['wrong password', 'locked']);
    expect(failed.length).toBeLessThan(20);
    const [{ count = 0 } = {}] = await api.database.query<{ count: number }>(
      "SELECT sum((details->>'count')::int)::int AS count FROM audit_entries WHERE action = 'sign-in.failed' AND resource_id = $1",
      [person.id],
    );
    expect(count).toBe(40);
  });

  it('S52 a wrong current password', async () => {
    const body = { currentPassword: 'a wrong guess', newPassword: 'another horse battery' };
    const events = await left(() => api.post('/api/auth/password/change', { token: person.token, body }));
    expect(events).toContainEqual(
      of('current-password.failed', { ...byThemselves(person), details: { reason: 'wrong password' } }),
    );
  });

  it('S52 S53 a second factor: enabled, failed, used, recovery codes used and renewed, disabled, and no code or secret', async () => {
    let somebody: Enrolled | undefined;
    const typed: string[] = [];
    const signInWith = async (who: Enrolled, code: string) => {
      typed.push(code);
      return (await verify(api, await challenge(api, who), code)).body.data;
    };
    const events = await left(async () => {
      somebody = await enrolled(api);
      await signInWith(somebody, wrongCode(somebody.secret, api.clock.milliseconds()));
      const { accessToken: token } = await signInWith(somebody, codeAt(somebody.secret, api.clock.milliseconds()));
      await signInWith(somebody, somebody.recoveryCodes[0] ?? '');
      await api.post('/api/auth/mfa/recovery-codes', { token });
      await api.post('/api/auth/mfa/disable', { token });
    });
    if (somebody === undefined) throw new Error('nobody was enrolled');
    const own = byThemselves(somebody);
    expect(events.map(({ action }) => action)).toEqual([
      'sign-in.done',
      'second-factor.enabled',
      'second-factor.failed',
      'sign-in.done',
      'recovery-code.used',
      'sign-in.done',
      'recovery-codes.renewed',
      'second-factor.disabled',
    ]);
    expect(events).toContainEqual(of('second-factor.enabled', own));
    expect(events).toContainEqual(
      of('second-factor.failed', { actor: null, subject: somebody.id, details: { reason: 'wrong code' } }),
    );
    expect(events).toContainEqual(
      of('sign-in.done', {
        ...own,
        details: { methods: ['password', 'otp'], secondFactor: true, transport: 'bearer' },
      }),
    );
    expect(events).toContainEqual(of('recovery-code.used', { ...own, details: { left: 9 } }));
    expect(events).toContainEqual(of('recovery-codes.renewed', own));
    expect(events).toContainEqual(of('second-factor.disabled', own));
    for (const secret of [somebody.secret, ...somebody.recoveryCodes, ...typed]) {
      expect(JSON.stringify(events.map(({ details }) => details))).not.toContain(secret);
    }
    api.clock.advance(stepMs);
  });

  it('S52 a refresh token that was used before, of whom but not by whom', async () => {
    const refresh = (refreshToken: string) => api.post('/api/auth/refresh', { body: { refreshToken } });
    const next = (await refresh(person.refreshToken)).body.data;
    await refresh(next.refreshToken);
    const events = await left(() => refresh(person.refreshToken));
    expect(events).toContainEqual(
      of('refresh-token.reused', {
        actor: null,
        subject: person.id,
        details: { sessionId: sessionOf(person.token) },
      }),
    );
    expect(JSON.stringify(events)).not.toContain(person.refreshToken);
  });

  it('S52 sessions that somebody else revokes, one and all', async () => {
    const support = await api.person('support');
    const path = `/api/users/${person.id}/sessions`;
    const sessionId = sessionOf(person.token);
    const events = await left(async () => {
      expect((await api.delete(`${path}/${sessionId}`, { token: support.token })).status).toBe(204);
      expect((await api.delete(path, { token: support.token })).status).toBe(204);
    });
    const revoked = { actor: support.id, subject: person.id, session: sessionOf(support.token) };
    expect(events).toEqual([
      of('sessions.revoked', { ...revoked, details: { sessionId } }),
      of('sessions.revoked', { ...revoked, details: {} }),
    ]);
  });

  it('S52 what is rolled back leaves no event', async () => {
    const support = await api.person('support');
    const admin = await api.person('admin');
    const events = await left(() => api.delete(`/api/users/${admin.id}/sessions`, { token: support.token }));
    expect(events.map(({ action }) => action)).toEqual(['access.denied']);
  });

  it('S52 S53 a password that is changed, and one that is set by mail', async () => {
    const [first, second] = ['another horse battery', 'a third horse battery'];
    let token = '';
    const events = await left(async () => {
      const body = { currentPassword: person.password, newPassword: first };
      expect((await api.post('/api/auth/password/change', { token: person.token, body })).status).toBe(200);
      await api.post('/api/auth/password/forgot', { body: { email: person.email } });
      token = tokenIn(await api.mailTo(person.email, 'Choose a new password'));
      await api.post('/api/auth/password/reset', { body: { token, password: second } });
    });
    expect(events).toEqual([of('password.changed', byThemselves(person)), of('password.reset', byThemselves(person))]);
    for (const secret of [first, second, token, person.email]) expect(JSON.stringify(events)).not.toContain(secret);
  });

  it('S52 an address that is asked for and one that is confirmed, and neither of the two', async () => {
    const email = `new-${person.email}`;
    const events = await left(async () => {
      await api.patch('/api/users/me', { token: person.token, body: { email } });
      const token = tokenIn(await api.mailTo(email, 'Confirm your new e-mail address'));
      expect((await api.post('/api/auth/email/confirm', { body: { token } })).status).toBe(204);
    });
    expect(events).toEqual([
      of('email-change.requested', byThemselves(person)),
      of('email.changed', byThemselves(person)),
    ]);
    expect(JSON.stringify(events)).not.toContain(person.email);
  });

  it('S52 Google: linked, signed in with, unlinked, refused and out of order', async () => {
    const { email } = stage.google.newcomer({ email: person.email });
    const events = await left(async () => {
      const { accessToken: token } = (await stage.signIn()).body.data;
      expect((await api.delete('/api/auth/google', { token })).status).toBe(200);
      const { sub } = stage.google.newcomer();
      const newcomer = await stage.userOf(await stage.signIn());
      await api.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [newcomer]);
      stage.google.newcomer({ sub });
      await stage.signIn();
      stage.google.newcomer({ email: 'unverified@example.com', email_verified: false });
      await stage.signIn();
    });
    expect(events).toEqual([
      of('google.linked', byThemselves(person)),
      of('sign-in.done', {
        ...byThemselves(person),
        details: { methods: ['google'], secondFactor: false, transport: 'bearer' },
      }),
      of('google.unlinked', byThemselves(person)),
      of('google.linked'),
      of('sign-in.done'),
      of('sign-in.failed', { actor: null, details: { method: 'google', reason: 'proof void' } }),
      of('sign-in.failed', { actor: null, details: { method: 'google', reason: 'EMAIL_NOT_VERIFIED' } }),
    ]);
    expect(JSON.stringify(events)).not.toContain(email);
  });

  it('S14 S52 an event is recorded behind the answer’s back: no statement of a sign-in is the trail’s', async () => {
    const trail = api.app.get(SecurityEvents);
    await trail.flush();
    await signIn(person.email, 'a wrong guess');
    const [{ count = 0 } = {}] = await api.database.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM audit_entries WHERE action = 'sign-in.failed' AND resource_id = $1",
      [person.id],
    );
    expect(count).toBe(0);
    await trail.flush();
    expect(await left(() => Promise.resolve())).toEqual([]);
  });
});
