import { expect } from 'vitest';
import { type Api, startApi } from './api.js';
import type { Browser, Visit } from './browser.js';
import { beginning, browserFor, callback, Google, newVerifier } from './google.js';
import type { Answer } from './http-client.js';

export const codeIn = (address: URL): string => address.searchParams.get('code') ?? '';
export const codeOf = ({ address }: Visit): string => codeIn(address);

/** An API whose Google is a stand-in and whose clock stands still, and what attacks on the two have in common. */
export class GoogleStage {
  readonly google = new Google();
  private running: Api | undefined;

  async start(): Promise<Api> {
    await this.google.start();
    this.running = await startApi({ environment: this.google.environment });
    this.running.clock.hold();
    return this.running;
  }

  async stop(): Promise<void> {
    await this.running?.close();
    await this.google.stop();
  }

  readonly browser = (): Browser => browserFor(this.api, this.google);

  /** Goes to Google and stops at the door of the shop, with the callback in the address line. */
  readonly atTheDoor = async (browser: Browser, parameters: Record<string, string> = {}): Promise<URL> =>
    (await browser.visit(beginning(parameters), { before: callback })).address;

  /** Counts the rows of a table, or those behind `table WHERE …`. */
  readonly count = async (table: string): Promise<number> =>
    Number((await this.api.database.query<{ count: string }>(`SELECT count(*) FROM ${table}`))[0]?.count);

  readonly sessions = (): Promise<number> => this.count('sessions');

  /** A refusal that gave the browser no cookie to be signed in by, and left no session more than there were. */
  readonly refused = async (answer: Answer, status: number, code: string, before: number): Promise<void> => {
    expect(answer.body).toMatchObject({ status, code });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.headers.getSetCookie().filter((line) => line.includes('gatehouse-access'))).toEqual([]);
    expect(await this.sessions()).toBe(before);
  };

  /** Signs whoever is at Google in as a bearer client would; answers the exchange, or the refusal of the callback. */
  readonly signIn = async (): Promise<Answer> => {
    const { verifier, challenge } = newVerifier();
    const back = await this.browser().visit(beginning({ transport: 'bearer', codeChallenge: challenge }));
    if (back.last.status !== 302) return back.last;
    return this.api.post('/api/auth/google/token', { body: { code: codeOf(back), codeVerifier: verifier } });
  };

  /** Whom the answer of a sign-in signed in. */
  readonly userOf = async (answer: Answer): Promise<string> =>
    (await this.api.get('/api/auth/session', { token: answer.body.data.accessToken })).body.data.userId;

  private get api(): Api {
    if (this.running === undefined) throw new Error('the stage has not been started');
    return this.running;
  }
}
