import type { Principal } from '@gatehouse/access';
import { HandingOver } from '@gatehouse/features/roles';
import { UsersService } from '@gatehouse/features/users';
import { Transactions } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { AuthTrail } from '../auth.trail.js';
import type { SessionEntity } from './session.entity.js';
import { SessionsService } from './sessions.service.js';

/** Other people's sessions, for who may revoke them. */
@Injectable()
export class UserSessionsService {
  constructor(
    private readonly sessions: SessionsService,
    private readonly users: UsersService,
    private readonly handingOver: HandingOver,
    private readonly trail: AuthTrail,
    private readonly transactions: Transactions,
  ) {}

  /** @throws Problem NOT_FOUND when there is no such user. */
  async list(userId: string): Promise<SessionEntity[]> {
    await this.users.get(userId);
    return this.sessions.list(userId);
  }

  /** @throws Problem FORBIDDEN when the user holds more than the actor does, NOT_FOUND when there is no such user. */
  endAll(actor: Principal, userId: string): Promise<void> {
    return this.transactions.run(async () => {
      await this.handingOver.assertMayChange(actor, userId);
      await this.sessions.endAllOf(userId, 'revoked');
      await this.trail.done('sessions.revoked', userId);
    });
  }

  /** @throws Problem FORBIDDEN as for {@link endAll}, NOT_FOUND when the user has no such session. */
  end(actor: Principal, userId: string, sessionId: string): Promise<void> {
    return this.transactions.run(async () => {
      await this.handingOver.assertMayChange(actor, userId);
      const session = (await this.sessions.list(userId)).find(({ id }) => id === sessionId);
      if (session === undefined) throw new Problem('NOT_FOUND');
      if (!(await this.sessions.end(sessionId, 'revoked'))) throw new Problem('NOT_FOUND');
      await this.trail.done('sessions.revoked', userId, { sessionId });
    });
  }
}
