import { hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CONFIGURATION, type Configuration, ConfigurationError } from '@gatehouse/platform/config';
import { Global, Module } from '@nestjs/common';
import { readOrMakeSecret } from './secret-file.js';

/** The keys that lie outside the database (ENCRYPTION_KEYS); the first one is used, the others are still accepted. */
export class KeyRing {
  private constructor(private readonly keys: readonly { readonly id: string; readonly key: Buffer }[]) {}

  /** @throws ConfigurationError when the text isn't `id:base64,…` with 32-byte keys. */
  static parse(text: string): KeyRing {
    const keys = text.split(',').map((entry) => {
      const [, id, encoded] = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]{43}=)$/.exec(entry.trim()) ?? [];
      if (id === undefined || encoded === undefined) {
        throw new ConfigurationError(['ENCRYPTION_KEYS must be id:base64 with 32 bytes each, separated by commas']);
      }
      return { id, key: Buffer.from(encoded, 'base64') };
    });
    return new KeyRing(keys);
  }

  /** One key of 32 bytes for `purpose` from each key of the ring (RFC 5869), the current one first. */
  derive(purpose: string): Buffer[] {
    return this.keys.map(({ key }) => Buffer.from(hkdfSync('sha256', key, '', purpose, 32)));
  }
}

async function loadKeyRing(configuration: Configuration): Promise<KeyRing> {
  const text =
    configuration.ENCRYPTION_KEYS ??
    (await readOrMakeSecret(
      join(configuration.DATA_DIR, 'encryption-keys'),
      () => `dev:${randomBytes(32).toString('base64')}`,
    ));
  return KeyRing.parse(text);
}

@Global()
@Module({
  providers: [{ provide: KeyRing, inject: [CONFIGURATION], useFactory: loadKeyRing }],
  exports: [KeyRing],
})
export class SecretsModule {}
