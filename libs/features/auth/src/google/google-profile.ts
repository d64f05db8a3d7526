import { z } from 'zod';

const claims = z.object({
  sub: z.string().regex(/^[\x21-\x7e]{1,255}$/),
  email: z.string().optional(),
  email_verified: z.unknown().optional(),
  name: z.string().optional(),
});

const address = z.email().max(254);

/** Who Google says somebody is. */
export interface GoogleProfile {
  readonly subject: string;
  /** The address, if Google told one and has verified that it is theirs. */
  readonly verifiedEmail: string | undefined;
  readonly name: string | undefined;
}

/**
 * The profile of a userinfo answer (OpenID Connect Core, section 5.3.2).
 * @throws ZodError where it isn't one.
 */
export function googleProfile(answer: unknown): GoogleProfile {
  const { sub, email, email_verified: verified, name } = claims.parse(answer);
  // Nothing but the boolean: "true" and 1 are what somebody else's idea of the claim would look like.
  const verifiedEmail = verified === true && address.safeParse(email).success ? email : undefined;
  return { subject: sub, verifiedEmail, name };
}
