import { Matches } from 'class-validator';
import { opaqueToken } from '../../tokens/opaque-token.js';
import { IsSecondFactorCode } from '../presented-code.js';

export class EnableSecondFactorDto {
  /**
   * What your authenticator shows now.
   * @example "123 456"
   */
  @IsSecondFactorCode()
  code!: string;
}

export class VerifySecondFactorDto {
  /** From POST /api/auth/login. */
  @Matches(opaqueToken, { message: 'mfaToken must be one that a sign-in answered with' })
  mfaToken!: string;

  /**
   * What your authenticator shows now, or a recovery code; each is taken once.
   * @example "123 456"
   */
  @IsSecondFactorCode()
  code!: string;
}
