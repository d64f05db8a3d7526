import type { Principal } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { EmailChanges } from './account-security.js';
import { UpdatedMeDto } from './dto/user.dto.js';
import type { UpdateMeDto } from './dto/user-requests.dto.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

const recentSeconds = 300;

/** What people change of their own account. */
@Injectable()
export class MeService {
  constructor(
    private readonly users: UsersService,
    private readonly repository: UsersRepository,
    private readonly emailChanges: EmailChanges,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /**
   * Changes the name at once, the address only when its mail has been answered. The address that they have already
   * withdraws another that was asked for before.
   * @throws Problem FORBIDDEN when another address is asked for and the sign-in isn't recent.
   */
  update(me: Principal, { name, email }: UpdateMeDto): Promise<UpdatedMeDto> {
    return this.transactions.run(async () => {
      const user = await this.repository.locked({ id: me.id });
      if (user === null) throw new Problem('NOT_FOUND');
      if (name !== undefined) await this.repository.update(me.id, { name: name.trim(), updatedAt: this.clock.now() });
      if (email === user.email) await this.emailChanges.withdraw(me.id);
      else if (email !== undefined) {
        this.assertRecent(me);
        await this.emailChanges.request(user, email);
      }
      return UpdatedMeDto.with(await this.users.get(me.id), await this.emailChanges.pending(me.id));
    });
  }

  /** Else a session left open on a shared machine would be enough to take the account over. */
  private assertRecent({ session }: Principal): void {
    if (this.clock.milliseconds() - session.signedInAt.getTime() <= recentSeconds * 1_000) return;
    const required = { recentSignIn: { maxAgeSeconds: recentSeconds } };
    throw new Problem('FORBIDDEN', { detail: 'You lack what `required` names', extensions: { required } });
  }
}
