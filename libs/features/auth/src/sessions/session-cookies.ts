import { createHmac, timingSafeEqual } from 'node:crypto';
import { accessCookie, csrfCookie, csrfHeader } from '@gatehouse/access';
import { Clock } from '@gatehouse/platform/clock';
import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { Problem } from '@gatehouse/platform/http';
import { KeyRing } from '@gatehouse/platform/secrets';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { onlyCookie } from '../tokens/only-cookie.js';
import type { PresentedRefreshToken } from './refresh-rotation.js';
import type { TokenPair } from './sessions.service.js';

export const refreshCookie = '__Host-gatehouse-refresh';

/** What `__Host-` asks for, and nothing that another site's page could use. */
const attributes = { path: '/', secure: true, sameSite: 'strict' } as const;

/**
 * Tokens as cookies, for pages of the same site. A browser sends cookies along with whatever request any page makes, so
 * each unsafe one must prove its origin: by the headers that browsers add, and by a token that only a page of ours can
 * read and repeat (OWASP: signed double submit).
 */
@Injectable()
export class SessionCookies {
  private readonly csrfKeys: readonly Buffer[];
  private readonly origins: ReadonlySet<string>;

  constructor(
    private readonly clock: Clock,
    @Inject(CONFIGURATION) { PUBLIC_URL, ALLOWED_ORIGINS }: Configuration,
    keyRing: KeyRing,
  ) {
    this.csrfKeys = keyRing.derive('csrf token');
    this.origins = new Set([new URL(PUBLIC_URL).origin, ...ALLOWED_ORIGINS]);
  }

  /** Sets the pair's cookies; answers the token that the page repeats in `x-csrf-token`. */
  set({ accessToken, expiresAt, refreshToken, session }: TokenPair, reply: FastifyReply): string {
    const csrf = this.csrfTokens(session.id)[0] ?? '';
    const lasts = (until: Date) => Math.max(0, Math.floor((until.getTime() - this.clock.milliseconds()) / 1_000));
    const ofSession = { ...attributes, maxAge: lasts(session.expiresAt) };
    reply.setCookie(accessCookie, accessToken, { ...attributes, httpOnly: true, maxAge: lasts(expiresAt) });
    reply.setCookie(refreshCookie, refreshToken, { ...ofSession, httpOnly: true });
    reply.setCookie(csrfCookie, csrf, ofSession);
    return csrf;
  }

  /** Takes the cookies back, where there are any. */
  clear({ headers }: FastifyRequest, reply: FastifyReply): void {
    if (headers.cookie === undefined) return;
    for (const name of [accessCookie, refreshCookie, csrfCookie]) reply.clearCookie(name, attributes);
  }

  /** The refresh token in the request's cookie, if there is one; good with proof that its session's own page sent it. */
  refreshToken(request: FastifyRequest): PresentedRefreshToken | undefined {
    const token = onlyCookie(refreshCookie, request);
    if (token === undefined) return undefined;
    return { token, transport: 'cookie', confirm: (sessionId) => this.assertIntended(request, sessionId) };
  }

  /** @throws Problem CSRF_PROOF_MISSING unless a page of ours sent the request for this session. */
  assertIntended(request: FastifyRequest, sessionId: string): void {
    this.assertOrigin(request);
    const given = String(request.headers[csrfHeader] ?? '');
    if (!this.csrfTokens(sessionId).some((token) => same(given, token))) throw noProof();
  }

  /**
   * Refuses what a browser says another site's page sent; a client that says nothing of it is no browser.
   * @throws Problem CSRF_PROOF_MISSING
   */
  assertOrigin({ headers }: FastifyRequest): void {
    const { origin, 'sec-fetch-site': site } = headers;
    if (origin !== undefined && this.origins.has(origin)) return;
    const ownPage = site === 'same-origin' || site === 'none';
    if (!ownPage && (site !== undefined || origin !== undefined)) throw noProof();
  }

  private csrfTokens(sessionId: string): string[] {
    return this.csrfKeys.map((key) => createHmac('sha256', key).update(sessionId).digest('base64url'));
  }
}

function same(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length > 0 && one.length === other.length && timingSafeEqual(one, other);
}

function noProof(): Problem {
  return new Problem('CSRF_PROOF_MISSING', {
    detail: 'Send the request from a page of this site, with the CSRF cookie repeated in x-csrf-token',
  });
}
