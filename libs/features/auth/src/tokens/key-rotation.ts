import { leewaySeconds, lifetimeSeconds } from './access-tokens.js';
import { type KeySet, newKeySet } from './key-set.js';

/** Longer than whoever verifies may keep our JWK Set (jwks.controller.ts) and a process its key file. */
export const defaultLeadMs = 600_000;

/** A token that the old key signed in the last moment lives so long after; twice the leeway for clocks that differ. */
const overlapSeconds = lifetimeSeconds + 2 * leewaySeconds;

/**
 * The set with a new key in front: published at once, signing after `leadMs`. The others sign until then and verify
 * until the last token that they signed has expired; left out are those whose time is over, or would never come.
 */
export async function rotated({ keys }: KeySet, now: Date, leadMs = defaultLeadMs): Promise<KeySet> {
  const seconds = Math.ceil(now.getTime() / 1_000);
  const nbf = seconds + Math.ceil(leadMs / 1_000);
  const fresh = await newKeySet(now);
  const kept = keys.filter((key) => (key.exp ?? Infinity) > seconds && (key.nbf ?? 0) < nbf);
  return {
    keys: [
      ...fresh.keys.map((key) => ({ ...key, nbf })),
      ...kept.map((key) => ({ ...key, exp: Math.min(key.exp ?? Infinity, nbf + overlapSeconds) })),
    ],
  };
}
