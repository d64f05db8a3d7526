import { Clock } from '@gatehouse/platform/clock';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthTrail } from '../auth.trail.js';
import type { Transport } from '../sessions/session.entity.js';
import { SessionCookies } from '../sessions/session-cookies.js';
import { type SignInOutcome, SignInService } from '../sign-in/sign-in.service.js';
import { signInFailed } from '../sign-in/sign-in-failed.js';
import { newOpaqueToken, tokenHash } from '../tokens/opaque-token.js';
import type { BeginGoogleQuery, GoogleTokenDto } from './dto/google-requests.dto.js';
import { GoogleAccounts } from './google-accounts.service.js';
import { GooglePassport } from './google-passport.js';
import { IdentitiesRepository } from './identities.repository.js';
import type { IdentityEntity } from './identity.entity.js';
import { type OAuthFlow, OAuthFlows } from './oauth-flows.js';
import { ReturnAddress } from './return-address.js';
import { SignInCodesRepository } from './sign-in-codes.repository.js';

/** What a browser brings back from Google; nobody has looked at it yet. */
export interface GoogleAnswer {
  readonly state: unknown;
  readonly code: unknown;
  readonly error: unknown;
}

/** A code goes from the address line straight into an exchange. */
const codeLifetimeSeconds = 60;

/** The secret of a browser that is to exchange a code, where its page has none of its own. */
export const verifierCookie = '__Host-gatehouse-code-verifier';

/** Signing in with Google: there by redirect, back by redirect, and on with a session or with a code for one. */
@Injectable()
export class GoogleSignIn {
  constructor(
    private readonly google: GooglePassport,
    private readonly flows: OAuthFlows,
    private readonly returnAddress: ReturnAddress,
    private readonly accounts: GoogleAccounts,
    private readonly identities: IdentitiesRepository,
    private readonly codes: SignInCodesRepository,
    private readonly signIn: SignInService,
    private readonly cookies: SessionCookies,
    private readonly trail: AuthTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Where to send the browser, which is given a cookie to be known by when it comes back.
   * @throws Problem VALIDATION_FAILED where it would be sent on to a stranger.
   */
  async begin(query: BeginGoogleQuery, reply: FastifyReply): Promise<string> {
    const { transport = 'cookie', codeChallenge } = query;
    const returnTo = this.returnAddress.resolve(query.returnTo);
    const { location, session } = await this.google.authorizationRequest();
    const client = codeChallenge === undefined ? {} : { codeChallenge };
    await this.flows.keep({ session, transport, returnTo, ...client }, reply);
    return location;
  }

  /**
   * Where to send the browser that came back. With cookies it is signed in by then; else, and where a second factor is
   * asked for, its page exchanges the `code` it is sent with: no token ever stands in an address (RFC 9700, section 4.3).
   * @throws Problem OAUTH_STATE_INVALID, IDENTITY_PROVIDER_FAILED, or why this Google account doesn't sign in.
   */
  async comeBack({ state, code, error }: GoogleAnswer, request: FastifyRequest, reply: FastifyReply): Promise<string> {
    const flow = await this.flows.take(state, request, reply);
    const { returnTo, transport } = flow;
    if (error !== undefined) {
      return withParameter(returnTo, 'error', error === 'access_denied' ? error : 'server_error');
    }
    // passport takes a callback without a code for the beginning of another sign-in.
    if (typeof code !== 'string' || code === '')
      throw new Problem('OAUTH_STATE_INVALID', { detail: 'Google sent no code along' });
    const profile = await this.google.identify(code, flow.session);
    const identity = await this.accounts.identify(profile).catch((refusal: unknown) => {
      const reason = refusal instanceof Problem ? refusal.code : 'failed';
      this.trail.failed('sign-in.failed', undefined, { method: 'google', reason });
      throw refusal;
    });
    if (transport === 'cookie') {
      const outcome = await this.complete(identity, transport);
      if (outcome.kind === 'signed in') {
        this.cookies.set(outcome.tokens, reply);
        return returnTo;
      }
      // The challenge is left to expire, as its token may not stand in an address: the exchange makes another one.
    }
    return withParameter(returnTo, 'code', await this.issueCode(identity, flow, reply));
  }

  /**
   * What a code stands for, once, to whoever began its sign-in.
   * @throws Problem TOKEN_NOT_USABLE or SIGN_IN_FAILED; CSRF_PROOF_MISSING where cookies are asked for by another site.
   */
  async exchange({ code, codeVerifier }: GoogleTokenDto, request: FastifyRequest): Promise<SignInOutcome> {
    const hash = tokenHash(code);
    const verifier = codeVerifier ?? request.cookies[verifierCookie] ?? '';
    const holder = await this.codes.find(hash, tokenHash(verifier), this.clock.now());
    if (holder === undefined) throw new Problem('TOKEN_NOT_USABLE');
    const { identityId, userId, transport } = holder;
    if (transport === 'cookie') this.cookies.assertOrigin(request);
    return this.complete({ id: identityId, userId }, transport, async () => {
      if (!(await this.codes.use(hash))) throw new Problem('TOKEN_NOT_USABLE');
    });
  }

  private complete(
    { id, userId }: Pick<IdentityEntity, 'id' | 'userId'>,
    transport: Transport,
    confirm?: () => Promise<void>,
  ): Promise<SignInOutcome> {
    return this.signIn.complete({
      userId,
      methods: ['google'],
      transport,
      confirm: async () => {
        if (!(await this.identities.lock(id))) throw signInFailed();
        await confirm?.();
      },
    });
  }

  private async issueCode(
    { id: identityId }: IdentityEntity,
    { transport, codeChallenge }: OAuthFlow,
    reply: FastifyReply,
  ): Promise<string> {
    const code = newOpaqueToken();
    const createdAt = this.clock.now();
    await this.codes.insert({
      hash: tokenHash(code),
      identityId,
      challenge: codeChallenge === undefined ? this.bind(reply) : Buffer.from(codeChallenge, 'base64url'),
      transport,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + codeLifetimeSeconds * 1_000),
    });
    return code;
  }

  /** Gives the browser a verifier that no page can read; answers its challenge. */
  private bind(reply: FastifyReply): Buffer {
    const verifier = newOpaqueToken();
    reply.setCookie(verifierCookie, verifier, {
      path: '/',
      secure: true,
      httpOnly: true,
      sameSite: 'strict',
      maxAge: codeLifetimeSeconds,
    });
    return tokenHash(verifier);
  }
}

function withParameter(address: string, name: string, value: string): string {
  const url = new URL(address);
  url.searchParams.set(name, value);
  return url.href;
}
