import { UsersService } from '@gatehouse/features/users';
import { RequestContext } from '@gatehouse/platform/context';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Passwords } from './passwords.js';

/** Brings hashes of another cost up to today's, when a right password is at hand to hash anew. */
@Injectable()
export class PasswordUpgrade {
  private readonly logger = new Logger(PasswordUpgrade.name);

  constructor(
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly context: RequestContext,
  ) {}

  /**
   * Begins to replace the hash if it is outdated, and nothing otherwise. The sign-in neither waits for it nor fails with
   * it: the next one tries again. The password stays the same, and so sessions do; the trail names this process as the
   * one that wrote, so that it doesn't look like the owner's change.
   */
  begin(userId: string, passwordHash: string, password: string): void {
    if (!this.passwords.isOutdated(passwordHash)) return;
    const requestId = this.context.facts?.requestId ?? uuidv7();
    this.context
      .run({ requestId, process: 'password hash upgrade' }, async () => {
        const upgraded = await this.passwords.hash(password);
        await this.users.replacePasswordHash(userId, passwordHash, upgraded);
      })
      .catch((error: unknown) => this.logger.warn(error));
  }
}
