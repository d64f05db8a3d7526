import { Problem } from '@gatehouse/platform/http';

/** The one refusal of a sign-in, whatever the reason. */
export function signInFailed(): Problem {
  return new Problem('SIGN_IN_FAILED', { headers: { 'www-authenticate': 'Bearer realm="gatehouse"' } });
}
