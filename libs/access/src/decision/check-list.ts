import type { Policy } from '../policy/policy.js';
import type { Ownership, Trace } from './decision.js';
import { type Way, waysTo } from './holdings.js';
import type { UserFacts } from './ports.js';
import type { Missing } from './requirements.js';

export type CheckName = 'session' | 'role' | 'permission' | 'second-factor' | 'recent-sign-in' | 'owner';

/** `depends` on the session of the call, which nobody knows beforehand. */
export type CheckOutcome = 'passed' | 'failed' | 'depends' | 'not-reached';

/** One check of a decision. */
export interface Check {
  readonly check: CheckName;
  readonly outcome: CheckOutcome;
  /** What it asks for, or what it found. */
  readonly detail: string;
  /** How the user comes to hold what was asked for. */
  readonly through: readonly (Way & { readonly permission: string })[];
}

/** Writes down a decision about the user as it is made. */
export class CheckList implements Trace {
  private readonly written: Check[] = [];

  constructor(
    private readonly policy: Policy,
    private readonly user: UserFacts,
    private readonly now: number,
  ) {}

  get checks(): readonly Check[] {
    return this.written;
  }

  demands(lacking: Missing | undefined): void {
    const failed: readonly (CheckName | false)[] = [
      lacking?.roles !== undefined && 'role',
      lacking?.permissions !== undefined && 'permission',
    ];
    for (const [check, detail] of demandsOf(this.policy)) {
      const bySession = check === 'second-factor' || check === 'recent-sign-in';
      const outcome = bySession ? 'depends' : failed.includes(check) ? 'failed' : 'passed';
      this.written.push({ check, outcome, detail, through: check === 'permission' ? this.through() : [] });
    }
    if (lacking !== undefined) this.written.push(...ownerOf(this.policy).map(notReached));
  }

  owner(found: Ownership): void {
    const outcome = found === 'own' || found === 'by-permission' ? 'passed' : 'failed';
    const unless = this.policy.owner?.unless;
    const through = found === 'by-permission' && unless !== undefined ? this.waysTo(unless) : [];
    this.written.push({ check: 'owner', outcome, detail: ownerships[found], through });
  }

  private through(): Check['through'] {
    return this.policy.permissions?.names.flatMap((name) => this.waysTo(name)) ?? [];
  }

  private waysTo(permission: string): Check['through'] {
    return waysTo(permission, this.user, this.now).map((way) => ({ ...way, permission }));
  }
}

/** The check that comes first: who is calling, and in a session that is still good. */
export function sessionCheck(policy: Policy, user: { readonly disabled: boolean } | undefined): Check {
  if (policy.isPublic) return { check: 'session', outcome: 'passed', detail: 'anyone may call it', through: [] };
  if (user === undefined) return { check: 'session', outcome: 'failed', detail: 'nobody is signed in', through: [] };
  return user.disabled
    ? { check: 'session', outcome: 'failed', detail: 'the account is disabled, and has no session', through: [] }
    : { check: 'session', outcome: 'depends', detail: 'a session of theirs that has not ended', through: [] };
}

/** All that the policy demands of whom it doesn't get to ask. */
export function unreached(policy: Policy): Check[] {
  return [...demandsOf(policy), ...ownerOf(policy)].map(notReached);
}

type Demand = readonly [CheckName, string];

function demandsOf({ roles, permissions, mfa, maxAgeMs }: Policy): Demand[] {
  const list = (names: readonly string[], any: boolean) => `${any ? 'any one' : 'every one'} of: ${names.join(', ')}`;
  return [
    ...(roles === undefined ? [] : [['role', list(roles, true)] as const]),
    ...(permissions === undefined
      ? []
      : [['permission', list(permissions.names, permissions.mode === 'any')] as const]),
    ...(mfa ? [['second-factor', 'a session that passed a second factor'] as const] : []),
    ...(maxAgeMs === undefined ? [] : [['recent-sign-in', `a sign-in within ${maxAgeMs / 1_000} s`] as const]),
  ];
}

function ownerOf({ owner }: Policy): Demand[] {
  if (owner === undefined) return [];
  const unless = owner.unless === undefined ? '' : `, or the permission ${owner.unless}`;
  return [['owner', `the resource that ${owner.param} names, their own${unless}`]];
}

function notReached([check, detail]: Demand): Check {
  return { check, outcome: 'not-reached', detail, through: [] };
}

const ownerships: Readonly<Record<Ownership, string>> = {
  malformed: 'the id is malformed',
  absent: 'there is no such resource',
  own: 'the resource is theirs',
  'by-permission': "the resource is somebody else's, and they hold the permission for that",
  foreign: "the resource is somebody else's",
};
