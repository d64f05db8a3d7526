import type { Principal } from '@gatehouse/access';
import type { SessionEntity, Transport } from '../session.entity.js';

export class CurrentSessionDto {
  id!: string;
  signedInAt!: Date;
  /** How you proved who you are. */
  methods!: string[];
  secondFactor!: boolean;
}

export class WhoAmIDto {
  userId!: string;
  email!: string;
  role!: string;
  /** What you hold at this instant, through the role or a grant. */
  permissions!: string[];
  session!: CurrentSessionDto;

  static of({ id, email, role, permissions, session }: Principal): WhoAmIDto {
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

export class SessionDto {
  id!: string;
  /** The session that this request came with. */
  current!: boolean;
  /** The client's User-Agent at the sign-in. */
  device!: string | null;
  /** Where the sign-in came from. */
  address!: string | null;
  /** How the user proved who they are: `password`, `google`, `otp`, `recovery-code`. */
  methods!: string[];
  secondFactor!: boolean;
  transport!: Transport;
  signedInAt!: Date;
  /** The last refresh: up to 15 minutes ago for a session in use. */
  lastSeenAt!: Date;
  /** When it ends, however often it is refreshed. */
  expiresAt!: Date;

  static of(session: SessionEntity, currentId?: string): SessionDto {
    const { id, userAgent, address, methods, secondFactor, transport, createdAt, lastSeenAt, expiresAt } = session;
    return {
      id,
      current: id === currentId,
      device: userAgent,
      address,
      methods,
      secondFactor,
      transport,
      signedInAt: createdAt,
      lastSeenAt,
      expiresAt,
    };
  }
}
