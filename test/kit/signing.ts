import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { importJWK, type JWTPayload, SignJWT } from 'jose';

const { privateKey } = generateKeyPairSync('ed25519');
const privateJwk = { ...privateKey.export({ format: 'jwk' }), kid: 'suite' };

/** Keys that every API process of a test file runs by, so that they take each other's tokens. */
export const keysOfTheSuite = {
  JWT_KEYS: JSON.stringify({ keys: [privateJwk] }),
  ENCRYPTION_KEYS: `suite:${randomBytes(32).toString('base64')}`,
};

/** Signs claims and header of the test's choosing with the service's own key: what only a wrong claim can give away. */
export async function signedByTheService(claims: JWTPayload, header: Record<string, unknown> = {}): Promise<string> {
  const protectedHeader = { alg: 'EdDSA', kid: 'suite', typ: 'at+jwt', ...header };
  return new SignJWT(claims).setProtectedHeader(protectedHeader).sign(await importJWK(privateJwk, 'EdDSA'));
}
