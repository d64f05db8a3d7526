import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Gate } from './gate.js';

// OWASP's minimum for argon2id, which is the library's default algorithm: 19 MiB, two passes, one lane.
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** What every hash of this cost begins with, in PHC form. */
const header = `$argon2id$v=19$m=${cost.memoryCost},t=${cost.timeCost},p=${cost.parallelism}$`;
const atOnce = 2;
/** A few seconds' work; who waits longer has run into the limit of an answer's time. */
const waitingAtMost = 300;

/** Hashes and verifies passwords with argon2id, off the event loop and a few at a time. */
@Injectable()
export class Passwords {
  private readonly gate = new Gate(atOnce, waitingAtMost);
  /** A hash of the same cost that no known password has: verifying against it takes as long. */
  private readonly decoy = `${header}${unpadded(16)}$${unpadded(32)}`;

  hash(password: string): Promise<string> {
    return this.gate.run(() => hash(normalise(password), cost));
  }

  /**
   * Whether the password is the hash's. Without a hash (no such account, none set) it does the same work and says no,
   * so that time tells nothing. `admit` is asked when the password's turn has come, so that a try counts against a budget
   * only then; where it says no, the work is done in vain.
   */
  async matches(
    passwordHash: string | null | undefined,
    password: string,
    admit: () => Promise<boolean> = () => Promise.resolve(true),
  ): Promise<boolean> {
    return this.gate.run(async () => {
      const admitted = await admit();
      const same = await this.verifies(passwordHash ?? this.decoy, password);
      return same && admitted && typeof passwordHash === 'string';
    });
  }

  private verifies(passwordHash: string, password: string): Promise<boolean> {
    return verify(passwordHash, normalise(password));
  }

  /** Whether the hash was made at another cost than today's. */
  isOutdated(passwordHash: string): boolean {
    return !passwordHash.startsWith(header);
  }
}

/** One password however it was typed (NIST SP 800-63B-4, section 3.1.1.2). */
export function normalise(password: string): string {
  return password.normalize('NFKC');
}

/** Random bytes as PHC strings write them. */
function unpadded(bytes: number): string {
  return randomBytes(bytes).toString('base64').replaceAll('=', '');
}
