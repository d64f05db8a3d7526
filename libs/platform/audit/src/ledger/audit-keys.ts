import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Configuration, ConfigurationError } from '@gatehouse/platform/config';
import { readOrMakeSecret } from '@gatehouse/platform/secrets';
import { z } from 'zod';

const jwk = z.looseObject({
  kid: z.string().regex(/^[\w.:-]{1,64}$/),
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  /** Absent: seals of this key are still verified, and none is made. */
  d: z.string().optional(),
});
const keySet = z.object({ keys: z.array(jwk).min(1) });

export interface PublicAuditKey {
  readonly kid: string;
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
}

/** The keys that the trail is sealed with. They lie outside the database, whose superuser can't sign for them. */
export class AuditKeys {
  private constructor(
    private readonly verifying: ReadonlyMap<string, KeyObject>,
    private readonly signing: { readonly kid: string; readonly key: KeyObject } | undefined,
    /** The public halves, which is all that verifying takes. */
    readonly published: readonly PublicAuditKey[],
  ) {}

  /** @throws ConfigurationError when it isn't a JWK Set of Ed25519 keys, each under an id of its own. */
  static parse(text: string, source = 'AUDIT_KEYS'): AuditKeys {
    const parsed = keySet.safeParse(parseJson(text));
    if (!parsed.success) throw new ConfigurationError([`${source} must be a JWK Set of Ed25519 keys with kid and x`]);
    const { keys } = parsed.data;
    const published = keys.map(({ kid, kty, crv, x }) => ({ kid, kty, crv, x }));
    try {
      const verifying = new Map(published.map((key) => [key.kid, createPublicKey({ key: { ...key }, format: 'jwk' })]));
      if (verifying.size < keys.length) throw new Error('twice');
      const signer = keys.find(({ d }) => d !== undefined);
      return new AuditKeys(verifying, signer && signingKey(signer), published);
    } catch {
      throw new ConfigurationError([`${source} must name each kid once, with d and x of one key`]);
    }
  }

  /** The keys of the configuration; in development one is made once and kept under the data folder. */
  static async load({ AUDIT_KEYS, DATA_DIR }: Configuration): Promise<AuditKeys> {
    const keys = AuditKeys.parse(
      AUDIT_KEYS ?? (await readOrMakeSecret(join(DATA_DIR, 'audit-keys.json'), newAuditKeys)),
    );
    if (keys.signing === undefined) throw new ConfigurationError(['AUDIT_KEYS has no private key (d) to seal with']);
    return keys;
  }

  /** The first key of the set that has a private half. */
  get current(): { readonly kid: string; readonly key: KeyObject } {
    if (this.signing === undefined) throw new Error('There is no private key to seal with');
    return this.signing;
  }

  find(kid: string): KeyObject | undefined {
    return this.verifying.get(kid);
  }
}

/** A fresh set of one key, as AUDIT_KEYS holds it. */
export function newAuditKeys(id = `audit-${randomBytes(4).toString('hex')}`): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x, d } = privateKey.export({ format: 'jwk' });
  return JSON.stringify({ keys: [{ kid: id, kty: 'OKP', crv: 'Ed25519', x, d }] });
}

function signingKey({ kid, kty, crv, x, d }: z.infer<typeof jwk>): { kid: string; key: KeyObject } {
  const key = createPrivateKey({ key: { kty, crv, x, ...(d === undefined ? {} : { d }) }, format: 'jwk' });
  // Node takes d alone and makes x of it: a set whose halves don't belong together would sign what nobody verifies.
  if (createPublicKey(key).export({ format: 'jwk' }).x !== x) throw new Error('two keys');
  return { kid, key };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
