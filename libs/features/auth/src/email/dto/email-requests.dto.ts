import { Matches } from 'class-validator';
import { opaqueToken } from '../../tokens/opaque-token.js';

export class ConfirmEmailDto {
  /** From the mail to the new address. */
  @Matches(opaqueToken, { message: 'token must be the one from the mail' })
  token!: string;
}
