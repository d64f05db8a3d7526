import { type Answer, type Send, send } from './http-client.js';

interface Cookie {
  readonly value: string;
  readonly strict: boolean;
}

/** Where a walk through redirects ended, and everything that was answered on its way. */
export interface Visit {
  /** The address that nobody answers for here: a page of the shop or of an application. */
  readonly address: URL;
  readonly answers: readonly Answer[];
  /** The last answer; a redirect where the walk ended at a page. */
  readonly last: Answer;
  /** Every address that stood in the address line. */
  readonly trail: readonly string[];
}

/**
 * As much of a browser as a sign-in by redirects needs: it follows them, keeps cookies by host and sends them back,
 * those of `SameSite=Strict` only where no other site led to the request.
 */
export class Browser {
  private readonly cookies = new Map<string, Map<string, Cookie>>();

  /** `servers` says which URL serves what begins with an address; other addresses are pages, where a walk ends. */
  constructor(private readonly servers: Readonly<Record<string, string>>) {}

  /** Follows redirects to a page, or to an address that begins with `before`, which isn't asked for any more. */
  async visit(start: string, { before }: { before?: string } = {}): Promise<Visit> {
    const answers: Answer[] = [];
    const trail: string[] = [];
    let address = new URL(start);
    for (;;) {
      trail.push(address.href);
      const halted = before !== undefined && address.href.startsWith(before);
      const answer = halted ? undefined : await this.navigate(address, trail);
      const last = answer ?? answers.at(-1);
      if (last === undefined) throw new Error(`nobody serves ${start}`);
      if (answer !== undefined) answers.push(answer);
      const location = answer?.headers.get('location');
      if (answer === undefined || location == null) return { address, answers, last, trail };
      if (trail.length > 10) throw new Error(`no end of redirects: ${trail.join(' → ')}`);
      address = new URL(location, address);
    }
  }

  /** A request of a page of the same site. */
  async post(address: string, options: Send = {}): Promise<Answer> {
    const url = new URL(address);
    const headers = { ...options.headers, ...this.cookieHeader(url, false) };
    return this.keep(url, await send(this.serverOf(url) ?? address, 'POST', { ...options, headers }));
  }

  cookie(host: string, name: string): string | undefined {
    return this.cookies.get(host)?.get(name)?.value;
  }

  /** Puts a cookie in the jar, as no page could: for forging. */
  plant(host: string, name: string, value: string): void {
    this.jar(host).set(name, { value, strict: false });
  }

  private async navigate(address: URL, trail: readonly string[]): Promise<Answer | undefined> {
    const server = this.serverOf(address);
    if (server === undefined) return undefined;
    const crossSite = trail.some((one) => new URL(one).hostname !== address.hostname);
    return this.keep(address, await send(server, 'GET', { headers: this.cookieHeader(address, crossSite) }));
  }

  private serverOf(address: URL): string | undefined {
    const [known, server] = Object.entries(this.servers).find(([prefix]) => address.href.startsWith(prefix)) ?? [];
    return known === undefined ? undefined : `${server}${address.href.slice(known.length)}`;
  }

  private cookieHeader({ hostname }: URL, crossSite: boolean): Record<string, string> {
    const sent = [...(this.cookies.get(hostname) ?? [])].filter(([, { strict }]) => !(strict && crossSite));
    return sent.length === 0 ? {} : { cookie: sent.map(([name, { value }]) => `${name}=${value}`).join('; ') };
  }

  private keep({ hostname }: URL, answer: Answer): Answer {
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/;\s*Max-Age=0\b|;\s*Expires=Thu, 01 Jan 1970/i.test(line)) this.jar(hostname).delete(name);
      else this.jar(hostname).set(name, { value, strict: /;\s*SameSite=Strict/i.test(line) });
    }
    return answer;
  }

  private jar(host: string): Map<string, Cookie> {
    const known = this.cookies.get(host) ?? new Map<string, Cookie>();
    this.cookies.set(host, known);
    return known;
  }
}
