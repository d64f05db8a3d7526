import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Events, type MutableResponse, OAuth2Server } from 'oauth2-mock-server';
import { v7 as uuidv7 } from 'uuid';
import type { Api } from './api.js';
import { Browser } from './browser.js';
import type { Json } from './http-client.js';
import { Wire } from './wire.js';

/** Where the shop and an application of it would be, as people and Google see them. */
export const shop = 'https://shop.example';
export const application = 'https://app.example';

/** A profile as Google's userinfo endpoint answers it; `undefined` leaves a claim out. */
export type Claims = Record<string, unknown>;

/** Google's stand-in: a server of its own, whose answers a test can change. */
export class Google {
  private readonly server = new OAuth2Server();
  private wireToTokens: Wire | undefined;
  private port = 0;
  /** Who signs in next. */
  person: Claims = {};
  /** What the token endpoint was sent. */
  readonly exchanges: Json[] = [];
  /** The challenges that people arrived with. */
  readonly challenges: (string | null)[] = [];
  /** The headers and addresses of what was asked of userinfo. */
  readonly lookups: { readonly url: string; readonly authorization: string | undefined }[] = [];
  /** Changes an answer of the token endpoint, or of userinfo. */
  onToken: (answer: MutableResponse) => void = () => undefined;
  onUserinfo: (answer: MutableResponse) => void = () => undefined;

  async start(): Promise<void> {
    await this.server.issuer.keys.generate('RS256');
    await this.server.start(0, '127.0.0.1');
    this.wireToTokens = new Wire('127.0.0.1', this.server.address().port);
    this.port = await this.wireToTokens.open();
    const { service } = this.server;
    service.on(Events.BeforeResponse, (answer: MutableResponse, request: IncomingMessage & { body: Json }) => {
      this.exchanges.push(request.body);
      this.onToken(answer);
    });
    service.on(Events.BeforeAuthorizeRedirect, (_: unknown, { url = '' }: IncomingMessage) => {
      this.challenges.push(new URL(url, shop).searchParams.get('code_challenge'));
    });
    service.on(Events.BeforeUserinfo, (answer: MutableResponse, { url = '', headers }: IncomingMessage) => {
      this.lookups.push({ url, authorization: headers.authorization });
      answer.body = { ...this.person };
      this.onUserinfo(answer);
    });
  }

  /** The wire between the API and the endpoints that it asks itself. */
  get wire(): Wire {
    if (this.wireToTokens === undefined) throw new Error('the stand-in has not been started');
    return this.wireToTokens;
  }

  /** Where people are sent to sign in. */
  get url(): string {
    return `http://localhost:${this.server.address().port}`;
  }

  /** What an API is to be configured with. */
  get environment(): Record<string, string> {
    return {
      PUBLIC_URL: shop,
      ALLOWED_ORIGINS: application,
      GOOGLE_CLIENT_ID: 'shop',
      GOOGLE_CLIENT_SECRET: 'the secret of the shop',
      GOOGLE_AUTHORIZATION_URL: `${this.url}/authorize`,
      GOOGLE_TOKEN_URL: `http://127.0.0.1:${this.port}/token`,
      GOOGLE_USERINFO_URL: `http://127.0.0.1:${this.port}/userinfo`,
    };
  }

  /** Somebody new at Google signs in next: answers their claims. */
  newcomer(claims: Claims = {}): { sub: string; email: string } {
    const sub = randomBytes(8).readBigUInt64BE().toString();
    const email = `${uuidv7()}@example.com`;
    this.person = { sub, email, email_verified: true, name: 'Ada Lovelace', ...claims };
    return { sub, email: typeof claims['email'] === 'string' ? claims['email'] : email };
  }

  /** As Google was when it started. */
  mend(): void {
    this.wire.mend();
    this.onToken = () => undefined;
    this.onUserinfo = () => undefined;
  }

  async stop(): Promise<void> {
    this.wire.close();
    await this.server.stop();
  }
}

/** A browser of somebody, in which the shop's API and Google's stand-in can be reached. */
export function browserFor(api: Api, google: Google): Browser {
  return new Browser({ [`${shop}/api/`]: `${api.url}/api/`, [`${google.url}/`]: `${google.url}/` });
}

/** The address that begins a sign-in with Google. */
export function beginning(parameters: Record<string, string> = {}): string {
  return `${shop}/api/auth/google?${new URLSearchParams(parameters).toString()}`;
}

/** Where Google sends browsers back to. */
export const callback = `${shop}/api/auth/google/callback`;

/** A client's secret for a code of its own, and what it tells beforehand of it (RFC 7636). */
export function newVerifier(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

export const flowCookie = '__Host-gatehouse-oauth';
export const accessCookie = '__Host-gatehouse-access';
export const verifierCookie = '__Host-gatehouse-code-verifier';
