import type { Principal } from '@gatehouse/access';
import type { TokenPair } from '../sessions/sessions.service.js';

export class TokensDto {
  /** Sent as `Authorization: Bearer …`; lives 15 minutes. */
  accessToken!: string;
  /** When the access token ends. */
  expiresAt!: Date;
  /** Exchanged once for the next pair at POST /api/auth/refresh. */
  refreshToken!: string;
  /** Always `Bearer`. */
  tokenType!: string;

  static of({ accessToken, expiresAt, refreshToken }: TokenPair): TokensDto {
    return { accessToken, expiresAt, refreshToken, tokenType: 'Bearer' };
  }
}

export class AcceptedDto {
  /** The same whatever the address. */
  message!: string;
}

export class CurrentSessionDto {
  id!: string;
  signedInAt!: Date;
  /** How you proved who you are. */
  methods!: string[];
  secondFactor!: boolean;
}

export class SessionDto {
  userId!: string;
  email!: string;
  role!: string;
  /** What you hold at this instant, through the role or a grant. */
  permissions!: string[];
  session!: CurrentSessionDto;

  static of({ id, email, role, permissions, session }: Principal): SessionDto {
    const { id: sessionId, signedInAt, methods, secondFactor } = session;
    return {
      userId: id,
      email,
      role,
      permissions: [...permissions],
      session: { id: sessionId, signedInAt, methods: [...methods], secondFactor },
    };
  }
}
