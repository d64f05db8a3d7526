import { IsText } from '@gatehouse/platform/http';
import { IsEmail, IsString, Matches, MaxLength } from 'class-validator';
import { IsPassword } from '../passwords/is-password.js';

const token = /^[A-Za-z0-9_-]{43}$/;

export class RegisterDto {
  /** @example "ada@example.com" */
  @MaxLength(254)
  @IsEmail()
  email!: string;

  /** @example "Ada Lovelace" */
  @IsText(1, 100)
  name!: string;

  /** 8 to 128 characters of any kind. @example "correct horse battery" */
  @IsPassword()
  password!: string;
}

export class VerifyEmailDto {
  /** From the mail. */
  @Matches(token, { message: 'token must be the one from the mail' })
  token!: string;

  /** The password given when registering. */
  @IsPassword()
  password!: string;
}

export class LoginDto {
  /** @example "ada@example.com" */
  @MaxLength(254)
  @IsString()
  email!: string;

  /** @example "correct horse battery" */
  @IsPassword()
  password!: string;
}

export class RefreshDto {
  /** The latest refresh token of the session. */
  @Matches(token, { message: 'refreshToken must be one that this service gave' })
  refreshToken!: string;
}

export class ForgotPasswordDto {
  @MaxLength(254)
  @IsEmail()
  email!: string;
}

export class ResetPasswordDto {
  /** From the mail. */
  @Matches(token, { message: 'token must be the one from the mail' })
  token!: string;

  /** The new password, 8 to 128 characters of any kind. */
  @IsPassword()
  password!: string;
}
