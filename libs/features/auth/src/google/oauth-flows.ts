import { timingSafeEqual } from 'node:crypto';
import { Clock } from '@gatehouse/platform/clock';
import { Problem } from '@gatehouse/platform/http';
import { KeyRing } from '@gatehouse/platform/secrets';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EncryptJWT, jwtDecrypt } from 'jose';
import { z } from 'zod';
import { transports } from '../sessions/session.entity.js';
import { tokenHash } from '../tokens/opaque-token.js';
import { passportSession } from './google-passport.js';
import { OAuthStatesRepository } from './oauth-states.repository.js';

export const flowCookie = '__Host-gatehouse-oauth';
const lifetimeSeconds = 600;

/** Sent along when Google sends the browser back, which `Strict` would not allow. */
const attributes = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const;

const flow = z.object({
  session: passportSession,
  returnTo: z.string(),
  transport: z.enum(transports),
  /** The client's, for a code to be given to nobody else; absent where the browser itself is to be known again. */
  codeChallenge: z.string().optional(),
});

/** A sign-in under way at the identity provider: what it was begun with. */
export type OAuthFlow = z.infer<typeof flow>;

/**
 * Sign-ins under way. Each lives in a cookie of the browser that began it, encrypted with a key outside the database:
 * there it is bound to that browser (RFC 9700, section 4.7), and one that is given up leaves nothing behind. That it
 * comes back once is PostgreSQL's to know.
 */
@Injectable()
export class OAuthFlows {
  private readonly keys: readonly Buffer[];

  constructor(
    private readonly states: OAuthStatesRepository,
    private readonly clock: Clock,
    keyRing: KeyRing,
  ) {
    this.keys = keyRing.derive('oauth flow');
  }

  /** Keeps the flow in the browser for ten minutes, in the place of one begun before. */
  async keep(begun: OAuthFlow, reply: FastifyReply): Promise<void> {
    const [key = Buffer.alloc(0)] = this.keys;
    const sealed = await new EncryptJWT({ ...begun })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(Math.floor(this.clock.milliseconds() / 1_000) + lifetimeSeconds)
      .encrypt(key);
    reply.setCookie(flowCookie, sealed, { ...attributes, maxAge: lifetimeSeconds });
  }

  /**
   * The flow of this browser that the state belongs to, once.
   * @throws Problem OAUTH_STATE_INVALID when there is no state, it is another browser's, it is too old, or was here before.
   */
  async take(state: unknown, { cookies }: FastifyRequest, reply: FastifyReply): Promise<OAuthFlow> {
    const opened = await this.open(cookies[flowCookie]);
    if (opened === undefined || typeof state !== 'string' || !same(state, opened.flow.session.google.state.handle)) {
      throw new Problem('OAUTH_STATE_INVALID');
    }
    const now = this.clock.now();
    if (!(await this.states.use(tokenHash(state), opened.expiresAt, now))) throw new Problem('OAUTH_STATE_INVALID');
    reply.clearCookie(flowCookie, attributes);
    return opened.flow;
  }

  private async open(sealed: string | undefined): Promise<{ flow: OAuthFlow; expiresAt: Date } | undefined> {
    if (sealed === undefined) return undefined;
    for (const key of this.keys) {
      const opened = await jwtDecrypt(sealed, key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
        requiredClaims: ['exp'],
        currentDate: this.clock.now(),
      }).catch(() => undefined);
      if (opened === undefined) continue;
      return { flow: flow.parse(opened.payload), expiresAt: new Date((opened.payload.exp ?? 0) * 1_000) };
    }
    return undefined;
  }
}

function same(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
