import type { OpenAPIObject } from '@nestjs/swagger';
import { describe, expect, it } from 'vitest';
import { limitOf, ownerRule, policyOf } from '../../test/policies.js';
import type { Policy } from '../policy/policy.js';
import { addAccessFacts } from './access-facts.js';
import { type Operation, problemSchema } from './refusals.js';

const verbs = ['get', 'post', 'put', 'patch', 'delete'] as const;

function documentOf(paths: OpenAPIObject['paths']): OpenAPIObject {
  return { openapi: '3.1.0', info: { title: 'Tested', version: '1' }, paths };
}

/** What the document says of an operation with this policy. */
function described(own: Partial<Policy>, verb: (typeof verbs)[number] = 'get', operation: Partial<Operation> = {}) {
  const document = documentOf({ '/things/{id}': { [verb]: { responses: {}, ...operation } } });
  addAccessFacts(document, [{ method: verb.toUpperCase(), path: '/things/:id', policy: policyOf(own) }]);
  const said = document.paths['/things/{id}']?.[verb];
  if (said === undefined) throw new Error('the operation is gone');
  return { ...said, access: Reflect.get(said, 'x-access'), limits: Reflect.get(said, 'x-rate-limit') };
}

describe('what the document says of who may call', () => {
  it('is nothing but to sign in, by either way of carrying a token', () => {
    const { security, access, limits, summary, description } = described({});
    expect(security).toEqual([{ bearer: [] }, { cookie: [] }]);
    expect([access, limits, summary, description]).toEqual([{ public: false }, [], '', '**Who:** signed in']);
  });

  it.each(['post', 'put', 'patch', 'delete'] as const)('asks a cookie for the proof at %s', (verb) => {
    expect(described({}, verb).security).toEqual([{ bearer: [] }, { cookie: [], csrf: [] }]);
  });

  it('asks nobody for credentials where anyone may call', () => {
    const { security, access, description } = described({ isPublic: true }, 'post');
    expect([security, access, description]).toEqual([[], { public: true }, '**Who:** anyone']);
  });

  it('puts the demand behind the summary, and who and how often below the description', () => {
    const own: Partial<Policy> = {
      permissions: { mode: 'any', names: ['read:order'] },
      mfa: true,
      limits: [limitOf()],
    };
    const given = { summary: 'One thing', description: 'Shows it.' };
    expect(described(own, 'get', given)).toMatchObject({
      summary: 'One thing [read:order, second factor]',
      description: 'Shows it.\n\n**Who:** `read:order`, second factor · **Limit:** 5 per 1 min',
    });
    expect(described({}, 'get', given)).toMatchObject({ summary: 'One thing' });
    expect(described(own)).toMatchObject({ summary: '[read:order, second factor]' });
  });

  it('lists every demand for programs', () => {
    const owner = ownerRule({ param: 'thing', unless: 'read:user', hide: true });
    const permissions = { mode: 'any', names: ['read:order'] } as const;
    expect(described({ roles: ['support'], permissions, owner, mfa: true, maxAgeMs: 300_000 }).access).toEqual({
      public: false,
      roles: ['support'],
      permissions: { anyOf: ['read:order'] },
      owner: { param: 'thing', unless: 'read:user', hidden: true },
      secondFactor: true,
      maxAgeSeconds: 300,
    });
    expect(described({ permissions: { ...permissions, mode: 'all' }, owner: ownerRule() }).access).toEqual({
      public: false,
      permissions: { allOf: ['read:order'] },
      owner: { param: 'id' },
    });
  });

  it('lists the limits for programs, null where nothing limits', () => {
    const limits = [limitOf(), limitOf({ name: 'get-things-address', limit: 9, windowMs: 90_000, per: 'address' })];
    expect(described({ limits })).toMatchObject({
      limits: [
        { name: 'get-things', limit: 5, windowSeconds: 60, per: 'caller' },
        { name: 'get-things-address', limit: 9, windowSeconds: 90, per: 'address' },
      ],
      description: '**Who:** signed in · **Limit:** 5 per 1 min, 9 per 90 s and address',
    });
    expect(described({ unlimited: true }).limits).toBeNull();
  });

  it('goes with the refusals of the policy', () => {
    expect(Object.keys(described({}).responses)).toEqual(['401', '404', '429']);
  });
});

describe('the document', () => {
  it('is refused where it documents what is not served', () => {
    const document = documentOf({ '/things/{id}': { put: { responses: {} } } });
    const served = [{ method: 'GET', path: '/things/:id', policy: policyOf() }];
    expect(() => addAccessFacts(document, served)).toThrow('PUT /things/{id} is documented and not served');
  });

  it('matches every parameter of a path, and every verb by itself', () => {
    const document = documentOf({ '/a/{one}/b/{two}': { get: { responses: {} }, delete: { responses: {} } } });
    const path = '/a/:one/b/:two';
    addAccessFacts(document, [
      { method: 'GET', path, policy: policyOf({ isPublic: true }) },
      { method: 'DELETE', path, policy: policyOf() },
    ]);
    const item = document.paths['/a/{one}/b/{two}'];
    expect(item?.get?.security).toEqual([]);
    expect(item?.delete?.security).toHaveLength(2);
  });

  it('gets the schema of a problem beside the schemas it has', () => {
    const bare = documentOf({});
    addAccessFacts(bare, []);
    expect(bare.components?.schemas).toEqual({ Problem: problemSchema });
    const full = { ...documentOf({}), components: { schemas: { Thing: { type: 'object' } } } };
    addAccessFacts(full, []);
    expect(Object.keys(full.components.schemas)).toEqual(['Thing', 'Problem']);
  });
});
