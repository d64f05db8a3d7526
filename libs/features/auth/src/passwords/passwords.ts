import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Gate } from './gate.js';

// OWASP's minimum for argon2id, which is the library's default algorithm: 19 MiB, two passes, one lane.
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const atOnce = 2;
/** A few seconds' work; who waits longer has run into the limit of an answer's time. */
const waitingAtMost = 300;

/** Hashes and verifies passwords with argon2id, off the event loop and a few at a time. */
@Injectable()
export class Passwords {
  private readonly gate = new Gate(atOnce, waitingAtMost);
  private decoy: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return this.gate.run(() => hash(normalise(password), cost));
  }

  /**
   * Whether the password is the hash's. Without a hash (no such account, none set) it does the same work and says no,
   * so that time tells nothing.
   */
  async matches(passwordHash: string | null | undefined, password: string): Promise<boolean> {
    this.decoy ??= hash('no account has this password', cost);
    const decoy = await this.decoy;
    const same = await this.gate.run(() => verify(passwordHash ?? decoy, normalise(password)));
    return same && typeof passwordHash === 'string';
  }
}

/** One password however it was typed (NIST SP 800-63B-4, section 3.1.1.2). */
function normalise(password: string): string {
  return password.normalize('NFKC');
}
