import { MayBeAbsent } from '@gatehouse/platform/http';
import { IsIn, IsString, MaxLength } from 'class-validator';
import { IsPresentedPassword } from '../../passwords/is-password.js';
import { type Transport, transports } from '../../sessions/session.entity.js';

export class LoginDto {
  /** @example "ada@example.com" */
  @MaxLength(254)
  @IsString()
  email!: string;

  /** @example "correct horse battery" */
  @IsPresentedPassword()
  password!: string;

  /** How the tokens travel: in the answer's body (`bearer`, the default) or in `__Host-` cookies (`cookie`). */
  @MayBeAbsent()
  @IsIn(transports)
  transport?: Transport;
}
