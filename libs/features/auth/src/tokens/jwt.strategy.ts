import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { Strategy, type StrategyOptionsWithoutRequest, type VerifyCallback } from 'passport-jwt';
import { AccessTokens, type VerifiedToken } from './access-tokens.js';
import { presentedToken } from './presented-token.js';

type Verified = (error: unknown, payload?: unknown) => void;

/** The tokens of each application in this process, by the name of its strategy. */
const tokensOf = new Map<string, AccessTokens>();

// passport-jwt's verifier can be replaced and is: jsonwebtoken knows no EdDSA, and jose does every check that RFC 8725
// asks for. There is one for the whole process; the "secret" it is handed tells it whose token it has.
Reflect.set(Strategy, 'JwtVerifier', (token: string, name: string, _options: unknown, done: Verified) => {
  const tokens = tokensOf.get(name);
  if (tokens === undefined) done(new Error(`no application has the strategy ${name}`));
  else tokens.verify(token).then((verified) => done(null, verified), done);
});

/** Under a name of its own, because passport's registry of strategies is one for the whole process as well. */
class NamedStrategy extends Strategy {
  constructor(options: StrategyOptionsWithoutRequest & { readonly secretOrKey: string }, verify: VerifyCallback) {
    super(options, verify);
    this.name = options.secretOrKey;
  }
}

/** The passport strategy of access tokens. */
@Injectable()
export class JwtStrategy extends PassportStrategy(NamedStrategy) implements OnApplicationShutdown {
  constructor(tokens: AccessTokens) {
    const name = `jwt ${randomUUID()}`;
    super({ jwtFromRequest: (request) => presentedToken(request)?.token ?? null, secretOrKey: name });
    tokensOf.set(name, tokens);
  }

  /** passport-jwt hands on what the verifier answered. */
  validate(verified: VerifiedToken): VerifiedToken {
    return verified;
  }

  onApplicationShutdown(): void {
    passport.unuse(this.name);
    tokensOf.delete(this.name);
  }
}
