import { createPrivateKey, type JsonWebKey, sign } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { inject } from 'vitest';

type Claims = Record<string, unknown>;

/** Signs claims and header of the test's choosing with the service's own key: what only a wrong claim gives away. */
export function signedByTheService(claims: Claims, header: Record<string, unknown> = {}): string {
  const [jwk] = JSON.parse(inject('server').secrets['JWT_KEYS'] ?? '').keys;
  return signedWith(jwk, claims, header);
}

/** Signs with this private Ed25519 key as an access token is, whatever the header and the claims then say. */
export function signedWith(jwk: JsonWebKey, claims: Claims, header: Record<string, unknown> = {}): string {
  const protectedHeader = { alg: 'EdDSA', kid: jwk['kid'], typ: 'at+jwt', ...header };
  const content = [protectedHeader, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign(null, Buffer.from(content), createPrivateKey({ key: jwk, format: 'jwk' }));
  return `${content}.${signature.toString('base64url')}`;
}

/** The header and the claims of a token, unverified. */
export function readToken(token: string): { header: Record<string, unknown>; claims: JWTPayload } {
  const [header = '', claims = ''] = token.split('.');
  const decoded = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { header: decoded(header), claims: decoded(claims) };
}
