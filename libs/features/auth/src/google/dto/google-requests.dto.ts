import { MayBeAbsent } from '@gatehouse/platform/http';
import { IsIn, IsString, Matches, ValidateIf } from 'class-validator';
import { type Transport, transports } from '../../sessions/session.entity.js';
import { opaqueToken } from '../../tokens/opaque-token.js';

export class BeginGoogleQuery {
  /**
   * How the tokens will travel: in `__Host-` cookies that the callback sets (`cookie`, the default), or in the answer of
   * POST /api/auth/google/token (`bearer`).
   */
  @MayBeAbsent()
  @IsIn(transports)
  transport?: Transport;

  /** Where to go afterwards: an address of this service or of an allowed origin. Absent: this service's own. */
  @MayBeAbsent()
  @IsString()
  returnTo?: string;

  /**
   * Needed with `bearer`: SHA-256 of a secret of yours, in base64url (RFC 7636, method S256). Whoever exchanges the code
   * must show the secret as `codeVerifier`.
   */
  @ValidateIf(({ transport, codeChallenge }: BeginGoogleQuery) => transport === 'bearer' || codeChallenge !== undefined)
  @Matches(/^[A-Za-z0-9_-]{43}$/, { message: 'codeChallenge must be the SHA-256 of your verifier, in base64url' })
  codeChallenge?: string;
}

export class GoogleTokenDto {
  /** The `code` that the browser came back with. */
  @Matches(opaqueToken, { message: 'code must be the one that the browser came back with' })
  code!: string;

  /** The secret that `codeChallenge` was made from; absent where a cookie of the browser stands for it. */
  @MayBeAbsent()
  @Matches(/^[A-Za-z0-9._~-]{43,128}$/, { message: 'codeVerifier must be 43 to 128 letters, digits, - . _ or ~' })
  codeVerifier?: string;
}
