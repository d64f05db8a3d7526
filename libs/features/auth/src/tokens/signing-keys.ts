import { join } from 'node:path';
import type { Clock } from '@gatehouse/platform/clock';
import { type Configuration, ConfigurationError } from '@gatehouse/platform/config';
import { readOrMakeSecret, WatchedFile } from '@gatehouse/platform/secrets';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { JWK } from 'jose';
import type { AuthTrail } from '../auth.trail.js';
import { newKeySet, parseKeySet } from './key-set.js';
import { importKey, type SigningKey } from './signing-key.js';

/**
 * The keys that access tokens are signed with. The newest whose time has come signs; each verifies, and is published,
 * until it expires or is taken out of the set.
 */
export class SigningKeys implements OnApplicationShutdown {
  private readonly logger = new Logger(SigningKeys.name);
  private newestFirst: readonly SigningKey[] = [];
  private byId: ReadonlyMap<string, SigningKey> = new Map();
  private file: WatchedFile | undefined;

  private constructor(
    private readonly clock: Clock,
    private readonly trail: AuthTrail,
  ) {}

  /**
   * The keys of the configuration; in development they are made once and kept under the data folder. Those of a file
   * follow the file from then on.
   * @throws ConfigurationError when they can't be read, aren't sound, or none of them may sign now.
   */
  static async load(configuration: Configuration, clock: Clock, trail: AuthTrail): Promise<SigningKeys> {
    const keys = new SigningKeys(clock, trail);
    if (configuration.JWT_KEYS === undefined) await keys.follow(await keyFile(configuration, clock));
    else await keys.take(configuration.JWT_KEYS, 'JWT_KEYS');
    return keys;
  }

  /** The key that signs now. */
  get current(): SigningKey {
    const key = signing(this.newestFirst, this.clock);
    if (key === undefined) throw new Error('Every signing key has expired: run `npm run keys -- rotate --now`');
    return key;
  }

  /** The key of this id, if it verifies now. One whose time to sign hasn't come does: clocks of replicas differ. */
  find(kid: string): SigningKey | undefined {
    const key = this.byId.get(kid);
    return key !== undefined && this.clock.milliseconds() < key.expiresAt ? key : undefined;
  }

  /** Whether a token that was verified with this very key would be again. */
  stillVerifies(key: SigningKey): boolean {
    return this.find(key.kid) === key;
  }

  /** The JWK Set of the public halves (RFC 7517, section 5). */
  published(): { keys: JWK[] } {
    const now = this.clock.milliseconds();
    return { keys: this.newestFirst.filter(({ expiresAt }) => now < expiresAt).map((key) => key.published) };
  }

  onApplicationShutdown(): void {
    this.file?.stop();
  }

  private async follow(path: string): Promise<void> {
    const file = new WatchedFile(path);
    this.file = file;
    await this.takeFrom(file);
    file.watch(async () => {
      try {
        await this.takeFrom(file);
        this.trail.keysChanged([...this.byId.keys()]);
      } catch (error) {
        // Better the keys of before than none; the error is told once for each state of the file.
        this.logger.error(error);
      }
    });
  }

  private async takeFrom(file: WatchedFile): Promise<void> {
    const text = await file.read().catch(() => {
      throw new ConfigurationError([`JWT_KEYS_FILE ${file.path} cannot be read`]);
    });
    await this.take(text, `JWT_KEYS_FILE ${file.path}`);
  }

  /** All of the set or nothing. */
  private async take(text: string, source: string): Promise<void> {
    const { keys } = parseKeySet(text, source);
    const imported = await Promise.all(keys.map((key) => importKey(key, source)));
    const newestFirst = imported.sort((one, other) => other.signsFrom - one.signsFrom);
    if (signing(newestFirst, this.clock) === undefined) {
      throw new ConfigurationError([`${source} has no key that may sign now: see nbf and exp`]);
    }
    this.newestFirst = newestFirst;
    this.byId = new Map(newestFirst.map((key) => [key.kid, key]));
  }
}

/** Where the signing keys are kept, if they are in a file. */
export function keyFilePath({ JWT_KEYS_FILE, DATA_DIR }: Configuration): string {
  return JWT_KEYS_FILE ?? join(DATA_DIR, 'jwt-keys.json');
}

async function keyFile(configuration: Configuration, clock: Clock): Promise<string> {
  const path = keyFilePath(configuration);
  const make = async () => JSON.stringify(await newKeySet(clock.now()));
  if (configuration.JWT_KEYS_FILE === undefined) await readOrMakeSecret(path, make);
  return path;
}

function signing(newestFirst: readonly SigningKey[], clock: Clock): SigningKey | undefined {
  const now = clock.milliseconds();
  return newestFirst.find(({ signsFrom, expiresAt }) => signsFrom <= now && now < expiresAt);
}
