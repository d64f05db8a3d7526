import { type CryptoKey, importJWK, type JWK, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { Refusal, unauthorized } from './refusal.js';

export interface Bearer {
  readonly userId: string;
  readonly sessionId: string;
  readonly expiresAtMs: number;
}

const bearer = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i;

/** Verifies access tokens by their signature, and remembers those that held until they expire. */
export class Tokens {
  private readonly verified = new LRUCache<string, Bearer>({ max: 10_000 });

  private constructor(private readonly keys: ReadonlyMap<string, CryptoKey>) {}

  static async load(jwtKeys: string): Promise<Tokens> {
    const { keys }: { keys: JWK[] } = JSON.parse(jwtKeys);
    const imported = await Promise.all(
      keys.map(async ({ d: _private, ...open }): Promise<[string, CryptoKey]> => {
        const key = await importJWK(open, 'EdDSA');
        if (key instanceof Uint8Array) throw new Error('JWT_KEYS holds a secret key');
        return [open.kid ?? '', key];
      }),
    );
    return new Tokens(new Map(imported));
  }

  /** The token that the headers present; `undefined` where there is none. */
  presented(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
    const { authorization, 'x-access-token': header } = headers;
    const fromAuthorization = authorization === undefined ? undefined : (bearer.exec(String(authorization))?.[1] ?? '');
    const fromHeader = header === undefined ? undefined : String(header);
    if (fromAuthorization !== undefined && fromHeader !== undefined && fromAuthorization !== fromHeader) {
      throw new Refusal(400, 'AMBIGUOUS_CREDENTIALS', 'The request carries more than one credential');
    }
    return fromAuthorization ?? fromHeader;
  }

  /** Whose token it is: at once where it is known, else after its verification; a {@link Refusal} where it doesn't hold. */
  check(token: string): Bearer | Refusal | Promise<Bearer | Refusal> {
    const known = this.verified.get(token);
    if (known === undefined) return this.verify(token);
    if (known.expiresAtMs > Date.now()) return known;
    this.verified.delete(token);
    return unauthorized('expired');
  }

  private async verify(token: string): Promise<Bearer | Refusal> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.keyOf(kid), {
        algorithms: ['EdDSA'],
        issuer: 'gatehouse',
        audience: 'gatehouse',
        typ: 'at+jwt',
        requiredClaims: ['exp', 'iat', 'nbf', 'jti'],
        clockTolerance: 30,
      });
      const { sub, sid, typ, exp } = payload;
      if (typeof sub !== 'string' || typeof sid !== 'string' || typ !== 'access') return unauthorized('claims');
      const found = { userId: sub, sessionId: sid, expiresAtMs: Number(exp) * 1_000 };
      this.verified.set(token, found);
      return found;
    } catch (error) {
      return unauthorized(String(error));
    }
  }

  private keyOf(kid: string | undefined): CryptoKey {
    const key = this.keys.get(kid ?? '');
    if (key === undefined) throw new Error('unknown key');
    return key;
  }
}
