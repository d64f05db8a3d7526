import { importJWK, type JWTPayload, SignJWT } from 'jose';
import { inject } from 'vitest';

/** Signs claims and header of the test's choosing with the service's own key: what only a wrong claim gives away. */
export async function signedByTheService(claims: JWTPayload, header: Record<string, unknown> = {}): Promise<string> {
  const [jwk] = JSON.parse(inject('server').secrets['JWT_KEYS'] ?? '').keys;
  const protectedHeader = { alg: 'EdDSA', kid: jwk.kid, typ: 'at+jwt', ...header };
  return new SignJWT(claims).setProtectedHeader(protectedHeader).sign(await importJWK(jwk, 'EdDSA'));
}
