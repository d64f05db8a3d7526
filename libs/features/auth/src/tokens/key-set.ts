import { randomBytes } from 'node:crypto';
import { ConfigurationError } from '@gatehouse/platform/config';
import { exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';

/** Seconds since the epoch, as in a JWT (RFC 7519, section 2). */
const numericDate = z.number().nonnegative().optional();

const common = {
  kid: z.string().min(1),
  x: z.string(),
  d: z.string(),
  /** Signs from then on; absent: at once. */
  nbf: numericDate,
  /** Verifies until then; absent: as long as it is in the set. */
  exp: numericDate,
};
const privateKey = z.discriminatedUnion('crv', [
  z.looseObject({ ...common, kty: z.literal('OKP'), crv: z.literal('Ed25519') }),
  z.looseObject({ ...common, kty: z.literal('EC'), crv: z.literal('P-256'), y: z.string() }),
]);
const keySet = z.object({ keys: z.array(privateKey).min(1) });

/** A private key that signs access tokens (RFC 7517), with the times that it is used at. */
export type PrivateSigningKey = z.infer<typeof privateKey>;

/** What JWT_KEYS holds. */
export type KeySet = z.infer<typeof keySet>;

/** @throws ConfigurationError naming `source` when it isn't a JWK Set of private Ed25519 or P-256 keys. */
export function parseKeySet(text: string, source: string): KeySet {
  const parsed = keySet.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new ConfigurationError([
      `${source} must be a JWK Set of private Ed25519 or P-256 keys with kid, x and d, and times in seconds`,
    ]);
  }
  if (new Set(parsed.data.keys.map(({ kid }) => kid)).size < parsed.data.keys.length) {
    throw new ConfigurationError([`${source} must name each kid once`]);
  }
  return parsed.data;
}

/** A set of one fresh Ed25519 key, which signs at once. */
export async function newKeySet(now: Date): Promise<KeySet> {
  const { privateKey: key } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { x = '', d = '' } = await exportJWK(key);
  return { keys: [{ kid: newKeyId(now), kty: 'OKP', crv: 'Ed25519', x, d }] };
}

/** An id that says from when the key is. */
export function newKeyId(now: Date): string {
  return `${now.toISOString().slice(0, 10)}-${randomBytes(4).toString('hex')}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
