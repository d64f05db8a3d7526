import { describe, expect, it } from 'vitest';
import { limitOf, ownerRule, policyOf } from '../../test/policies.js';
import { demandsInWords, limitInWords, whoInWords } from './in-words.js';

describe('who may call, in words', () => {
  it.each([
    ['anyone', policyOf({ isPublic: true })],
    ['signed in', policyOf()],
    ['role admin or manager', policyOf({ roles: ['admin', 'manager'] })],
    ['role nobody', policyOf({ roles: [] })],
    ['read:order or update:order', policyOf({ permissions: { mode: 'any', names: ['read:order', 'update:order'] } })],
    ['read:order and update:order', policyOf({ permissions: { mode: 'all', names: ['read:order', 'update:order'] } })],
    ['own', policyOf({ owner: ownerRule() })],
    ['own or read:order', policyOf({ owner: ownerRule({ unless: 'read:order' }) })],
    ['second factor', policyOf({ mfa: true })],
    ['sign-in within 5 min', policyOf({ maxAgeMs: 300_000 })],
  ])('%s', (words, policy) => {
    expect(whoInWords(policy)).toBe(words);
  });

  it('puts all demands in one line, names quoted where that is asked for', () => {
    const policy = policyOf({
      roles: ['support'],
      permissions: { mode: 'any', names: ['read:order'] },
      owner: ownerRule({ unless: 'update:order' }),
      mfa: true,
      maxAgeMs: 3_600_000,
    });
    expect(whoInWords(policy, '`')).toBe(
      'role `support`, `read:order`, own or `update:order`, second factor, sign-in within 1 h',
    );
    expect(demandsInWords(policy)).toHaveLength(5);
    expect(demandsInWords(policyOf())).toEqual([]);
  });
});

describe('a limit, in words', () => {
  it.each([
    ['5 per 2 d', limitOf({ windowMs: 172_800_000 })],
    ['5 per 36 h', limitOf({ windowMs: 129_600_000 })],
    ['5 per 90 min', limitOf({ windowMs: 5_400_000 })],
    ['5 per 90 s', limitOf({ windowMs: 90_000 })],
    ['5 per 1 min and address', limitOf({ per: 'address' })],
    ['7 per 1 min and account', limitOf({ limit: 7, per: 'account' })],
  ])('%s', (words, limit) => {
    expect(limitInWords(limit)).toBe(words);
  });
});
