import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { type Profile, Strategy } from 'passport-google-oauth20';
import { type GoogleProfile, googleProfile } from './google-profile.js';
import { GOOGLE_SETTINGS, type GoogleSettings } from './google-settings.js';

/** Where passport keeps the state and the verifier in the `session` of the request that it is given. */
export const sessionKey = 'google';

/** Longest that Google may take for one of the two answers that a sign-in waits for. */
const patienceMs = 4_000;

/**
 * The passport strategy of Google. What Google says of somebody comes from its userinfo endpoint, for an access token
 * that its token endpoint gave us just now: both over TLS from Google itself, so that no ID token has to be verified
 * (OpenID Connect Core, section 3.1.3.7, item 6). Neither token is kept.
 */
@Injectable()
export class GoogleStrategy extends PassportStrategy(Strategy, 'google') {
  constructor(@Inject(GOOGLE_SETTINGS) settings: GoogleSettings) {
    super({
      clientID: settings.clientId,
      clientSecret: settings.clientSecret,
      callbackURL: settings.redirectUri,
      authorizationURL: settings.authorizationUrl,
      tokenURL: settings.tokenUrl,
      userProfileURL: settings.userinfoUrl,
      scope: ['openid', 'email', 'profile'],
      state: true,
      pkce: true,
      sessionKey,
    });
    // Else the access token would stand in the address.
    this._oauth2.useAuthorizationHeaderforGET(true);
    Reflect.set(this._oauth2, '_request', requestInTime);
  }

  /** Google's own text of the profile: what passport makes of it leaves out whether the address is verified. */
  validate(_accessToken: string, _refreshToken: string, { _raw: answer }: Profile): GoogleProfile {
    return googleProfile(JSON.parse(answer));
  }
}

type Answered = (error: unknown, body?: string) => void;

/**
 * Stands in for the HTTP client of passport-oauth2, which waits for ever, and which ends the process where an answer
 * is JSON but no object: it reads that in an event nobody catches errors of.
 */
function requestInTime(
  method: string,
  url: string,
  headers: Record<string, string>,
  body: string,
  _inAddress: null,
  answered: Answered,
): void {
  fetch(url, {
    method,
    headers,
    redirect: 'error',
    signal: AbortSignal.timeout(patienceMs),
    ...(body === '' ? {} : { body }),
  })
    .then(async (answer) => {
      const data = await answer.text();
      if (answer.ok) answered(null, data);
      else answered({ statusCode: answer.status, data });
    })
    .catch(answered);
}
