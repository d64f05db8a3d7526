import { canonicalEmail, UsersService } from '@gatehouse/features/users';
import { Clock } from '@gatehouse/platform/clock';
import { Transactions } from '@gatehouse/platform/database';
import { Problem, validated } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { AuthTrail } from '../auth.trail.js';
import { PasswordResetService } from '../passwords/password-reset.service.js';
import { FirstAdminDto } from './dto/first-admin.dto.js';

/** Any number does, as long as nothing else in the database locks the same one. */
const lock = 4_283_365_002;

interface Admin {
  readonly id: string;
  readonly canonicalEmail: string;
  readonly hasAWayIn: boolean;
}

/** The admin whom nobody could invite. */
@Injectable()
export class FirstAdminService {
  constructor(
    private readonly users: UsersService,
    private readonly passwordReset: PasswordResetService,
    private readonly trail: AuthTrail,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes an admin without a password, once; one who never came in lets the next call be the first again.
   * @returns a token that sets the password within the hour.
   * @throws Problem CONFLICT when there is an admin who has, or was just given, a way in; VALIDATION_FAILED.
   */
  async create(values: { readonly [K in keyof FirstAdminDto]: unknown }): Promise<string> {
    const { email, name } = await validated(FirstAdminDto, values);
    return this.transactions.run(async () => {
      await this.transactions.query('SELECT pg_advisory_xact_lock($1)', [lock]);
      const admins = await this.admins();
      if (admins.some(({ hasAWayIn }) => hasAWayIn)) {
        throw new Problem('CONFLICT', {
          detail: 'There is an admin already, or one whose link is still good: they invite the others',
        });
      }
      const same = admins.find((admin) => admin.canonicalEmail === canonicalEmail(email));
      await this.demote(admins.filter((admin) => admin !== same));
      const admin =
        same ?? (await this.users.create({ email, name, role: 'admin', passwordHash: null, emailVerified: false }));
      const token = await this.passwordReset.tokenFor(admin);
      if (token === undefined) throw new Problem('CONFLICT');
      await this.trail.done('first-admin.made', admin.id);
      return token;
    });
  }

  /** Who has nothing to sign in with, nor ever did, could only come in by a mail to their address. */
  private admins(): Promise<Admin[]> {
    return this.transactions.query<Admin>(
      `SELECT id, canonical_email AS "canonicalEmail",
              password_hash IS NOT NULL
                OR EXISTS (SELECT FROM sessions WHERE user_id = u.id)
                OR EXISTS (SELECT FROM identities WHERE user_id = u.id)
                OR EXISTS (SELECT FROM password_tokens WHERE user_id = u.id AND used_at IS NULL AND expires_at > $1)
                AS "hasAWayIn"
       FROM users u WHERE role = 'admin' AND disabled_at IS NULL FOR UPDATE OF u`,
      [this.clock.now()],
    );
  }

  /** An address that was mistyped the first time is somebody else's. */
  private async demote(admins: readonly Admin[]): Promise<void> {
    await this.transactions.query("UPDATE users SET role = 'customer', updated_at = $2 WHERE id = ANY ($1)", [
      admins.map(({ id }) => id),
      this.clock.now(),
    ]);
  }
}
