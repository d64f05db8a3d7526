import { ConfigurationError } from '@gatehouse/platform/config';
import { type CryptoKey, importJWK, type JWK } from 'jose';
import type { PrivateSigningKey } from './key-set.js';

export type SigningAlgorithm = 'EdDSA' | 'ES256';

/** A key in use. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly signing: CryptoKey;
  readonly verifying: CryptoKey;
  /** Milliseconds since the epoch; 0 where it says nothing. */
  readonly signsFrom: number;
  /** Milliseconds since the epoch; Infinity where it says nothing. */
  readonly expiresAt: number;
  /** What the JWK Set publishes of it. */
  readonly published: JWK;
}

/** @throws ConfigurationError naming `source` and the key, and nothing else of it, when it isn't one. */
export async function importKey(jwk: PrivateSigningKey, source: string): Promise<SigningKey> {
  const { kid, kty, crv, x } = jwk;
  const algorithm = crv === 'Ed25519' ? 'EdDSA' : 'ES256';
  const open = { kty, crv, x, ...(jwk.crv === 'P-256' ? { y: jwk.y } : {}) };
  try {
    const [signing, verifying] = await Promise.all([
      importJWK({ ...open, d: jwk.d }, algorithm),
      importJWK(open, algorithm),
    ]);
    if (signing instanceof Uint8Array || verifying instanceof Uint8Array) throw new Error('a secret key');
    return {
      kid,
      algorithm,
      signing,
      verifying,
      signsFrom: (jwk.nbf ?? 0) * 1_000,
      expiresAt: (jwk.exp ?? Infinity) * 1_000,
      published: { ...open, kid, alg: algorithm, use: 'sig' },
    };
  } catch {
    throw new ConfigurationError([`${source} holds a key "${kid}" whose d, x and y are not those of one key`]);
  }
}
