import { ApiProperty } from '@nestjs/swagger';
import type { IssuedChallenge } from '../../second-factor/sign-in-challenges.service.js';

export class SecondFactorRequiredDto {
  /** Always `true`: the password is right, and a code is asked for as well. */
  @ApiProperty({ type: Boolean, enum: [true] })
  mfaRequired!: true;
  /** Goes with the code to POST /api/auth/mfa/verify, and opens nothing else. */
  mfaToken!: string;
  /** When the token ends. */
  expiresAt!: Date;

  static of({ token, expiresAt }: IssuedChallenge): SecondFactorRequiredDto {
    return { mfaRequired: true, mfaToken: token, expiresAt };
  }
}
