import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { AuthGuard } from '@nestjs/passport';
import { z } from 'zod';
import { AuthTrail } from '../auth.trail.js';
import { sessionKey } from './google.strategy.js';
import type { GoogleProfile } from './google-profile.js';

/** What passport leaves in a session to know its own callback by: the state, and the verifier of PKCE. */
export const passportSession = z.object({
  [sessionKey]: z.object({ state: z.object({ handle: z.string(), code_verifier: z.string() }) }),
});
export type PassportSession = z.infer<typeof passportSession>;

/** Where to send somebody to sign in, and what must be kept for when they come back. */
export interface AuthorizationRequest {
  readonly location: string;
  readonly session: PassportSession;
}

/** As much of a request as passport's strategy reads. */
interface StrategyRequest {
  readonly query: Readonly<Record<string, string>>;
  readonly session: object;
  user?: GoogleProfile;
}

/** As much of a response as passport writes to, which it does only to send somebody elsewhere. */
class Redirection {
  readonly sent: Promise<string>;
  statusCode = 200;
  private location = '';
  private send: (location: string) => void = () => undefined;

  constructor() {
    this.sent = new Promise((resolve) => {
      this.send = resolve;
    });
  }

  setHeader(name: string, value: string): void {
    if (name.toLowerCase() === 'location') this.location = value;
  }

  end(): void {
    this.send(this.location);
  }
}

/**
 * Google's passport strategy, asked by the handlers once their input is validated: as a guard it would come before that.
 * The request and the response that it is given are our own, since it wants Node's and a session, and Fastify's are
 * neither.
 */
@Injectable()
export class GooglePassport extends AuthGuard('google') {
  constructor(private readonly trail: AuthTrail) {
    super();
  }

  /** Begins a sign-in, with a state and a verifier of its own. */
  async authorizationRequest(): Promise<AuthorizationRequest> {
    const request: StrategyRequest = { query: {}, session: {} };
    const location = await this.run(request);
    if (location === undefined) throw new Error('passport sent nobody to Google');
    return { location, session: passportSession.parse(request.session) };
  }

  /**
   * Who came back with this code, whose flow this session is; sends the verifier along.
   * @throws Problem OAUTH_STATE_INVALID where Google doesn't know the code, IDENTITY_PROVIDER_FAILED where it fails.
   */
  async identify(code: string, session: PassportSession): Promise<GoogleProfile> {
    const request: StrategyRequest = { query: { code, state: session[sessionKey].state.handle }, session };
    await this.run(request);
    if (request.user === undefined) throw new Error('passport let nobody in');
    return request.user;
  }

  override handleRequest<T>(error: unknown, user: T | false): T {
    if (error) throw this.problemOf(error);
    if (user === false) throw new Problem('OAUTH_STATE_INVALID');
    return user;
  }

  /** Answers where passport sends the browser, or nothing once it knows who it is: after the one it never says the other. */
  private run(request: StrategyRequest): Promise<string | undefined> {
    const redirection = new Redirection();
    const decided = Promise.resolve(super.canActivate(new ExecutionContextHost([request, redirection])));
    return Promise.race([redirection.sent, decided.then(() => undefined)]);
  }

  private problemOf(error: unknown): Problem {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    // Of what we send, the code alone comes from a browser.
    if (code === 'invalid_grant' || code === 'invalid_request') {
      return new Problem('OAUTH_STATE_INVALID', { detail: 'Google does not know the code, or not any more' });
    }
    const cause: unknown = error instanceof Error ? Reflect.get(error, 'oauthError') : undefined;
    this.trail.googleFailed(reasonOf(cause ?? error));
    return new Problem('IDENTITY_PROVIDER_FAILED', { detail: 'Try again in a while' });
  }
}

/** What is told of a failure: neither its text nor Google's, either of which may repeat what it was sent. */
function reasonOf(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return 'unknown';
  const code: unknown = Reflect.get(error, 'code');
  return Reflect.get(error, 'statusCode') ?? (typeof code === 'string' ? code : Reflect.get(error, 'name'));
}
