import { describe, expect, it } from 'vitest';
import type { Policy } from '../policy/policy.js';
import { Principal } from './principal.js';
import { missing } from './requirements.js';

const signedInAt = new Date('2026-01-01T00:00:00Z');
const session = { id: 's', signedInAt, expiresAt: signedInAt, methods: ['password'], secondFactor: false };
const turns = 50_000;

function holding(count: number, permission: string): Principal {
  const names = Array.from({ length: count - 1 }, (_, index) => `read:thing${index}`);
  return new Principal('id', 'a@example.com', 'customer', new Set([...names, permission]), session);
}

const policy: Policy = {
  name: 'Things.handle',
  route: 'get-things',
  way: 'route',
  isSystem: false,
  isPublic: false,
  mfa: false,
  maxAgeMs: undefined,
  roles: undefined,
  permissions: { mode: 'any', names: ['update:order', 'read:order'] },
  owner: undefined,
  limits: [],
  unlimited: false,
};

/** Nanoseconds a decision, the best of several runs: what the machine does besides only ever adds to one. */
function time(principal: Principal): number {
  const now = signedInAt.getTime();
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 10; run += 1) {
    const begun = performance.now();
    for (let turn = 0; turn < turns; turn += 1) missing(policy, principal, now);
    best = Math.min(best, performance.now() - begun);
  }
  return (best / turns) * 1e6;
}

describe('the time of a decision', () => {
  it.each([
    ['granted', 'read:order'],
    ['refused', 'refund:order'],
  ])('does not grow with the permissions held: %s', (said, permission) => {
    const [few = 0, some = 0, many = 0] = [5, 50, 500].map((count) => time(holding(count, permission)));
    process.stdout.write(
      `decision ${said} with 5, 50, 500 permissions: ${few.toFixed(0)}, ${some.toFixed(0)}, ${many.toFixed(0)} ns\n`,
    );
    expect(many).toBeLessThan(few * 3 + 100);
  });
});
