export class TokensDto {
  /** Sent as `Authorization: Bearer …`; lives 15 minutes. Absent where it went into a cookie. */
  accessToken?: string;
  /** When the access token ends. */
  expiresAt!: Date;
  /** Exchanged once for the next pair at POST /api/auth/refresh. Absent where it went into a cookie. */
  refreshToken?: string;
  /** `Bearer`, or `Cookie` where the tokens went into cookies. */
  tokenType!: 'Bearer' | 'Cookie';
  /** With cookies: what every POST, PUT, PATCH and DELETE repeats in the header `x-csrf-token`. */
  csrfToken?: string;
}
