import { ApiProperty } from '@nestjs/swagger';
import type { Holder } from '../holders.repository.js';

export class HeldThroughDto {
  @ApiProperty({ enum: ['role', 'grant'] })
  via!: string;
  /** When the grant ends; `null` where it holds until it is taken away. */
  expiresAt!: Date | null;
}

export class HolderDto {
  userId!: string;
  email!: string;
  role!: string;
  /** Their role, a direct grant, or both. */
  through!: HeldThroughDto[];
  /** Until when they hold it; `null` where it holds until it is taken away. */
  until!: Date | null;

  static of({ id, email, role, byRole, byGrant, grantExpiresAt }: Holder): HolderDto {
    return {
      userId: id,
      email,
      role,
      through: [
        ...(byRole ? [{ via: 'role', expiresAt: null }] : []),
        ...(byGrant ? [{ via: 'grant', expiresAt: grantExpiresAt }] : []),
      ],
      until: byRole ? null : grantExpiresAt,
    };
  }
}
