import { type Credential, InvalidCredential } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { Inject, Injectable } from '@nestjs/common';
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import type { SigningKey } from './signing-key.js';
import { SigningKeys } from './signing-keys.js';

export const lifetimeSeconds = 900;
export const leewaySeconds = 30;
const largestPermissionClaim = 2_048;

const claims = z.object({
  sub: z.uuid(),
  sid: z.uuid(),
  typ: z.literal('access'),
  exp: z.number(),
});

export interface TokenSubject {
  readonly userId: string;
  readonly sessionId: string;
  readonly role: string;
  readonly permissions: readonly string[];
}

export interface IssuedToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** What a token proves, as long as the key verifies that signed it. */
export interface VerifiedToken {
  readonly credential: Credential;
  readonly key: SigningKey;
}

/** Access tokens: JWTs of 15 minutes, signed asymmetrically (RFC 9068, RFC 8725). */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  async issue({ userId, sessionId, role, permissions }: TokenSubject): Promise<IssuedToken> {
    const issuedAt = Math.floor(this.clock.milliseconds() / 1_000);
    const { kid, algorithm, signing } = this.keys.current;
    // For the client's convenience only, and left out where it would make the header too large to send.
    const told = isTellable(permissions) ? { permissions } : {};
    const token = await new SignJWT({ sid: sessionId, typ: 'access', role, ...told })
      .setProtectedHeader({ alg: algorithm, kid, typ: 'at+jwt' })
      .setIssuer(this.configuration.JWT_ISSUER)
      .setAudience(this.configuration.JWT_AUDIENCE)
      .setSubject(userId)
      .setJti(uuidv7())
      .setIssuedAt(issuedAt)
      .setNotBefore(issuedAt)
      .setExpirationTime(issuedAt + lifetimeSeconds)
      .sign(signing);
    return { token, expiresAt: new Date((issuedAt + lifetimeSeconds) * 1_000) };
  }

  /**
   * Checks signature, algorithm, issuer, audience, times and type.
   * @throws InvalidCredential saying which of them doesn't hold.
   */
  async verify(token: string): Promise<VerifiedToken> {
    try {
      // The key decides the algorithm, never the token (RFC 8725, section 3.1).
      const key = this.keyOf(token);
      const { payload } = await jwtVerify(token, key.verifying, {
        algorithms: [key.algorithm],
        issuer: this.configuration.JWT_ISSUER,
        audience: this.configuration.JWT_AUDIENCE,
        typ: 'at+jwt',
        requiredClaims: ['exp', 'iat', 'nbf', 'jti'],
        clockTolerance: leewaySeconds,
        currentDate: this.clock.now(),
      });
      const { sub, sid, exp } = claims.parse(payload);
      // The leeway is for clocks of issuers that run ahead; a token is never good for longer than it says.
      if (exp * 1_000 <= this.clock.milliseconds()) throw new InvalidCredential('ERR_JWT_EXPIRED');
      return { credential: { userId: sub, sessionId: sid, expiresAt: new Date(exp * 1_000), ambient: false }, key };
    } catch (error) {
      if (error instanceof InvalidCredential) throw error;
      if (error instanceof errors.JOSEError) throw new InvalidCredential(error.code);
      throw new InvalidCredential(error instanceof z.ZodError ? 'claims' : 'malformed');
    }
  }

  private keyOf(token: string): SigningKey {
    const { kid } = decodeProtectedHeader(token);
    const key = kid === undefined ? undefined : this.keys.find(kid);
    if (key === undefined) throw new InvalidCredential('unknown key');
    return key;
  }
}

function isTellable(permissions: readonly string[]): boolean {
  return permissions.length > 0 && JSON.stringify(permissions).length <= largestPermissionClaim;
}
