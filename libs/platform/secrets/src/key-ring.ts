import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Configuration, ConfigurationError } from '@gatehouse/platform/config';
import { readOrMakeSecret } from './secret-file.js';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const form = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9_-]{16}):([A-Za-z0-9_-]*):([A-Za-z0-9_-]{22})$/;
const empty = Buffer.alloc(0);

interface RingKey {
  readonly id: string;
  readonly key: Buffer;
  /** What encrypts; the key itself is for deriving only. */
  readonly encrypting: Buffer;
}

/** A text can't be decrypted: its key isn't in the ring, it isn't whole, or it belongs somewhere else. */
export class DecryptionError extends Error {
  override readonly name = 'DecryptionError';
}

/** The keys that lie outside the database (ENCRYPTION_KEYS); the first one is used, the others are still accepted. */
export class KeyRing {
  private readonly byId: ReadonlyMap<string, RingKey>;

  private constructor(private readonly keys: readonly [RingKey, ...RingKey[]]) {
    this.byId = new Map(keys.map((key) => [key.id, key]));
  }

  /** @throws ConfigurationError when the text isn't `id:base64,…` with 32-byte keys, each under an id of its own. */
  static parse(text: string): KeyRing {
    const [first, ...others] = text.split(',').map(parseKey);
    if (first === undefined) throw malformed();
    const ring = new KeyRing([first, ...others]);
    if (ring.byId.size < ring.keys.length) throw new ConfigurationError(['ENCRYPTION_KEYS must name each id once']);
    return ring;
  }

  /**
   * The ring of the configuration; in development its key is made once and kept under the data folder.
   * @throws ConfigurationError
   */
  static async load({ ENCRYPTION_KEYS, DATA_DIR }: Configuration): Promise<KeyRing> {
    return KeyRing.parse(ENCRYPTION_KEYS ?? (await readOrMakeSecret(join(DATA_DIR, 'encryption-keys'), newRing)));
  }

  /** One key of 32 bytes for `purpose` from each key of the ring (RFC 5869), the current one first. */
  derive(purpose: string): Buffer[] {
    return this.keys.map(({ key }) => derived(key, purpose));
  }

  /** What the ciphertexts of the current key begin with. */
  get currentPrefix(): string {
    return `${this.keys[0].id}:`;
  }

  /**
   * Encrypts with the current key (AES-256-GCM, NIST SP 800-38D) to the text `keyId:nonce:ciphertext:tag`, the last
   * three in base64url. `context` says what the plaintext is and whose ("second factor of <userId>"): moved to another
   * row or column, the text doesn't decrypt.
   */
  encrypt(plaintext: Buffer | string, context: string): string {
    const { id, encrypting } = this.keys[0];
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, encrypting, nonce).setAAD(Buffer.from(context));
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return joined(id, nonce, ciphertext, cipher.getAuthTag());
  }

  /**
   * The plaintext of what {@link encrypt} made with any key of the ring and the same `context`.
   * @throws DecryptionError
   */
  decrypt(text: string, context: string): Buffer {
    const [, id = '', ...parts] = form.exec(text) ?? [];
    const [nonce = empty, ciphertext = empty, tag = empty] = parts.map((part) => Buffer.from(part, 'base64url'));
    // Base64url has several spellings of the same bytes, of which only one was ever written.
    if (id === '' || joined(id, nonce, ciphertext, tag) !== text) throw new DecryptionError('not encrypted');
    const key = this.byId.get(id);
    if (key === undefined) throw new DecryptionError(`encrypted with the key "${id}", which is not in ENCRYPTION_KEYS`);
    try {
      const decipher = createDecipheriv(algorithm, key.encrypting, nonce, { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(context)).setAuthTag(tag);
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
    } catch {
      throw new DecryptionError('changed, or encrypted for another place or with another key of this id');
    }
  }

  /** Whether the text is encrypted with the key that would be used now. */
  isCurrent(text: string): boolean {
    return text.startsWith(this.currentPrefix);
  }
}

/** A fresh ring of one key, as ENCRYPTION_KEYS holds it. */
export function newRing(id = 'dev'): string {
  return `${id}:${randomBytes(32).toString('base64')}`;
}

function parseKey(entry: string): RingKey {
  const [, id, base64] = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]{43}=)$/.exec(entry.trim()) ?? [];
  if (id === undefined || base64 === undefined) throw malformed();
  const key = Buffer.from(base64, 'base64');
  return { id, key, encrypting: derived(key, 'encryption at rest') };
}

function malformed(): ConfigurationError {
  return new ConfigurationError(['ENCRYPTION_KEYS must be id:base64 with 32 bytes each, separated by commas']);
}

function derived(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', purpose, 32));
}

function joined(id: string, ...parts: readonly Buffer[]): string {
  return [id, ...parts.map((part) => part.toString('base64url'))].join(':');
}
