import type { Credential } from '@gatehouse/access';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { type SecretOrKeyProvider, Strategy } from 'passport-jwt';
import { AccessTokens } from './access-tokens.js';
import { presentedToken } from './presented-token.js';

type Verified = (error: unknown, payload?: unknown) => void;

/**
 * The passport strategy of access tokens. passport-jwt's verifier can be replaced and is: jsonwebtoken knows no EdDSA,
 * and jose does every check that RFC 8725 asks for.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(tokens: AccessTokens) {
    const verify = (token: string, _key: unknown, _options: unknown, done: Verified) => {
      tokens.verify(token).then((credential) => done(null, credential), done);
    };
    Reflect.set(Strategy, 'JwtVerifier', verify);
    super({ jwtFromRequest: presentedToken, secretOrKeyProvider: noKey });
  }

  /** passport-jwt hands on what the verifier answered. */
  validate(credential: Credential): Credential {
    return credential;
  }
}

/** The verifier finds the key by the token's `kid`; passport-jwt only wants to have asked for one. */
const noKey: SecretOrKeyProvider = (_request, _token, done) => done(null, '');
