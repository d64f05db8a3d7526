import type { Configuration } from '@gatehouse/platform/config';

/** The client that Google knows us as, and where to find Google. */
export interface GoogleSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  readonly userinfoUrl: string;
  readonly issuer: string;
}

/** Injection token of the {@link GoogleSettings}. */
export const GOOGLE_SETTINGS = Symbol('GoogleSettings');

/** @returns `undefined` where sign-in with Google isn't configured. */
export function googleSettings(configuration: Configuration): GoogleSettings | undefined {
  const { GOOGLE_CLIENT_ID: clientId, GOOGLE_CLIENT_SECRET: clientSecret, PUBLIC_URL } = configuration;
  if (clientId === undefined || clientSecret === undefined) return undefined;
  return {
    clientId,
    clientSecret,
    redirectUri: configuration.GOOGLE_REDIRECT_URI ?? `${PUBLIC_URL}/api/auth/google/callback`,
    authorizationUrl: configuration.GOOGLE_AUTHORIZATION_URL,
    tokenUrl: configuration.GOOGLE_TOKEN_URL,
    userinfoUrl: configuration.GOOGLE_USERINFO_URL,
    issuer: configuration.GOOGLE_ISSUER,
  };
}
