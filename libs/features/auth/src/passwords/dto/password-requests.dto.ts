import { IsEmail, Matches, MaxLength } from 'class-validator';
import { opaqueToken } from '../../tokens/opaque-token.js';
import { IsPassword, IsPresentedPassword } from '../is-password.js';

export class ForgotPasswordDto {
  @MaxLength(254)
  @IsEmail()
  email!: string;
}

export class ResetPasswordDto {
  /** From the mail. */
  @Matches(opaqueToken, { message: 'token must be the one from the mail' })
  token!: string;

  /** The new password, 8 to 128 characters of any kind; none that is guessed first. */
  @IsPassword()
  password!: string;
}

export class ChangePasswordDto {
  @IsPresentedPassword()
  currentPassword!: string;

  /** 8 to 128 characters of any kind; none that is guessed first, and another one than the current. */
  @IsPassword()
  newPassword!: string;
}
