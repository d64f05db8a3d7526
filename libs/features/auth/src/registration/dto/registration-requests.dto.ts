import { IsText } from '@gatehouse/platform/http';
import { IsEmail, Matches, MaxLength } from 'class-validator';
import { IsPassword, IsPresentedPassword } from '../../passwords/is-password.js';
import { opaqueToken } from '../../tokens/opaque-token.js';

export class RegisterDto {
  /** @example "ada@example.com" */
  @MaxLength(254)
  @IsEmail()
  email!: string;

  /** @example "Ada Lovelace" */
  @IsText(1, 100)
  name!: string;

  /** 8 to 128 characters of any kind; none that is guessed first. @example "correct horse battery" */
  @IsPassword()
  password!: string;
}

export class ResendVerificationDto {
  /** @example "ada@example.com" */
  @MaxLength(254)
  @IsEmail()
  email!: string;
}

export class VerifyEmailDto {
  /** From the mail. */
  @Matches(opaqueToken, { message: 'token must be the one from the mail' })
  token!: string;

  /** The password given when registering. */
  @IsPresentedPassword()
  password!: string;
}
