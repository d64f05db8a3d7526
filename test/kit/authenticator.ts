import { createHmac } from 'node:crypto';
import type { Clock } from '@gatehouse/platform/clock';
import type { Api, Person } from './api.js';
import type { Answer } from './http-client.js';

export const stepMs = 30_000;

/** Somebody with a second factor, signed in with it. */
export interface Enrolled extends Person {
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
}

/** What an authenticator with this secret shows at that time: RFC 6238 written anew, so that the product can't agree with itself. */
export function codeAt(secret: string, milliseconds: number, digits = 6): string {
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(milliseconds / stepMs)));
  const mac = createHmac('sha1', fromBase32(secret)).update(step).digest();
  const truncated = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fff_ffff;
  return String(truncated % 10 ** digits).padStart(digits, '0');
}

/** A code that is none of those around that time. */
export function wrongCode(secret: string, milliseconds: number): string {
  const near = new Set([-2, -1, 0, 1, 2].map((steps) => codeAt(secret, milliseconds + steps * stepMs)));
  for (let guess = 0; ; guess += 1) {
    const code = String(guess).padStart(6, '0');
    if (!near.has(code)) return code;
  }
}

/** What of the API these need: the one of the test's own process, or another process on the same database. */
type Reached = Pick<Api, 'person' | 'post'> & { readonly clock: Clock };

/** A fresh person who has set an authenticator up, with the code of the step before the current one: the current is unused. */
export async function enrolled(api: Reached, role?: string): Promise<Enrolled> {
  const person = await api.person(role);
  const { secret } = (await api.post('/api/auth/mfa/setup', { token: person.token })).body.data;
  const code = codeAt(secret, api.clock.milliseconds() - stepMs);
  const { recoveryCodes, tokens } = (await api.post('/api/auth/mfa/enable', { token: person.token, body: { code } }))
    .body.data;
  return { ...person, secret, recoveryCodes, token: tokens.accessToken, refreshToken: tokens.refreshToken };
}

/** The first step of a sign-in: the token that waits for a code. */
export async function challenge(
  api: Pick<Api, 'post'>,
  { email, password }: Pick<Person, 'email' | 'password'>,
): Promise<string> {
  return (await api.post('/api/auth/login', { body: { email, password } })).body.data.mfaToken;
}

export function verify(api: Pick<Api, 'post'>, mfaToken: string, code: string): Promise<Answer> {
  return api.post('/api/auth/mfa/verify', { body: { mfaToken, code } });
}

function fromBase32(text: string): Buffer {
  const bits = [...text].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}
