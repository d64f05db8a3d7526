import { Problem } from '@gatehouse/platform/http';

/** The refusal of a refresh token, or of a session, that isn't worth anything any more. */
export function signInAgain(): Problem {
  return new Problem('UNAUTHORIZED', {
    detail: 'The refresh token is not valid; sign in again',
    headers: { 'www-authenticate': 'Bearer realm="gatehouse", error="invalid_token"' },
  });
}
