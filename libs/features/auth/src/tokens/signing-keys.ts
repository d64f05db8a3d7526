import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Configuration, ConfigurationError } from '@gatehouse/platform/config';
import { readOrMakeSecret } from '@gatehouse/platform/secrets';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { z } from 'zod';

const privateKey = z.looseObject({
  kid: z.string().min(1),
  kty: z.enum(['OKP', 'EC']),
  crv: z.enum(['Ed25519', 'P-256']),
  x: z.string(),
  d: z.string(),
});
const keySet = z.object({ keys: z.array(privateKey).min(1) });

export type SigningAlgorithm = 'EdDSA' | 'ES256';

interface SigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly signing: CryptoKey;
  readonly verifying: CryptoKey;
  /** What the JWK Set publishes of it. */
  readonly published: JWK;
}

/** The keys that access tokens are signed with: the first signs, all verify. */
export class SigningKeys {
  private readonly byId: ReadonlyMap<string, SigningKey>;

  private constructor(
    readonly current: SigningKey,
    keys: readonly SigningKey[],
  ) {
    this.byId = new Map(keys.map((key) => [key.kid, key]));
  }

  /**
   * The keys of the configuration; in development they are made once and kept under the data folder.
   * @throws ConfigurationError when they can't be read or aren't private Ed25519 or P-256 keys with a `kid`.
   */
  static async load(configuration: Configuration): Promise<SigningKeys> {
    const { success, data } = keySet.safeParse(parseJson(await keyText(configuration)));
    if (!success) {
      throw new ConfigurationError(['JWT_KEYS must be a JWK Set of private Ed25519 or P-256 keys with kid, x and d']);
    }
    const keys = await Promise.all(data.keys.map(importKey));
    const [current] = keys;
    if (current === undefined) throw new ConfigurationError(['JWT_KEYS has no key']);
    return new SigningKeys(current, keys);
  }

  find(kid: string): SigningKey | undefined {
    return this.byId.get(kid);
  }

  /** The JWK Set of the public halves (RFC 7517, section 5). */
  published(): { keys: JWK[] } {
    return { keys: [...this.byId.values()].map((key) => key.published) };
  }
}

async function keyText(configuration: Configuration): Promise<string> {
  const { JWT_KEYS: text, JWT_KEYS_FILE: file, DATA_DIR } = configuration;
  if (text !== undefined) return text;
  if (file === undefined) return readOrMakeSecret(join(DATA_DIR, 'jwt-keys.json'), newKeySet);
  return readFile(file, 'utf8').catch(() => {
    throw new ConfigurationError([`JWT_KEYS_FILE ${file} cannot be read`]);
  });
}

async function newKeySet(): Promise<string> {
  const { privateKey: key } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(key);
  return JSON.stringify({ keys: [{ ...jwk, kid: `dev-${Date.now().toString(36)}` }] });
}

async function importKey(jwk: z.infer<typeof privateKey>): Promise<SigningKey> {
  const algorithm = jwk.crv === 'Ed25519' ? 'EdDSA' : 'ES256';
  const { d: _private, ...open } = jwk;
  const [signing, verifying] = await Promise.all([importJWK(jwk, algorithm), importJWK(open, algorithm)]);
  if (signing instanceof Uint8Array || verifying instanceof Uint8Array)
    throw new ConfigurationError(['JWT_KEYS holds a secret key']);
  const y = typeof jwk['y'] === 'string' ? { y: jwk['y'] } : {};
  const published = { kty: jwk.kty, crv: jwk.crv, x: jwk.x, ...y, kid: jwk.kid, alg: algorithm, use: 'sig' };
  return { kid: jwk.kid, algorithm, signing, verifying, published };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
