import type { LimitRule } from '../vocabulary/declaration.js';
import type { Policy } from './policy.js';

/** As much of a policy as stands in words. */
export interface Demands extends Pick<Policy, 'roles' | 'mfa' | 'maxAgeMs'> {
  readonly permissions: { readonly mode: 'any' | 'all'; readonly names: readonly string[] } | undefined;
  readonly owner: { readonly unless?: string | undefined } | undefined;
}

/** What the policy asks for beyond being signed in; `quote` stands around each name. */
export function demandsInWords({ roles, permissions, owner, mfa, maxAgeMs }: Demands, quote = ''): string[] {
  const list = (names: readonly string[], between: string) =>
    names.length === 0 ? 'nobody' : names.map((name) => `${quote}${name}${quote}`).join(between);
  return [
    ...(roles === undefined ? [] : [`role ${list(roles, ' or ')}`]),
    ...(permissions === undefined ? [] : [list(permissions.names, permissions.mode === 'any' ? ' or ' : ' and ')]),
    ...(owner === undefined ? [] : [owner.unless === undefined ? 'own' : `own or ${list([owner.unless], '')}`]),
    ...(mfa ? ['second factor'] : []),
    ...(maxAgeMs === undefined ? [] : [`sign-in within ${durationInWords(maxAgeMs)}`]),
  ];
}

/** Who may call: `anyone`, `signed in`, or what they need besides. */
export function whoInWords(policy: Policy, quote = ''): string {
  if (policy.isPublic) return 'anyone';
  const demands = demandsInWords(policy, quote);
  return demands.length === 0 ? 'signed in' : demands.join(', ');
}

/** `30 per 1 min`, and by what it is counted where that isn't the caller. */
export function limitInWords({ limit, windowMs, per, alone }: LimitRule): string {
  const place = alone === true ? ', in place of the default' : '';
  return `${limit} per ${durationInWords(windowMs)}${per === 'caller' ? '' : ` and ${per}`}${place}`;
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

function durationInWords(milliseconds: number): string {
  const [unit, length] = units.find(([, ms]) => milliseconds % ms === 0) ?? ['s', 1_000];
  return `${milliseconds / length} ${unit}`;
}
