import { problemCodes } from '@gatehouse/platform/http';
import { describe, expect, it } from 'vitest';
import { ownerRule, policyOf } from '../../test/policies.js';
import type { Policy } from '../policy/policy.js';
import { addRefusals, type Operation, problemSchema } from './refusals.js';

const open: Partial<Policy> = { isPublic: true, unlimited: true };

interface Documented {
  readonly description: string;
  readonly headers?: Record<string, { description: string; schema: object; example: string }>;
  readonly content: { 'application/problem+json': { schema: object; examples: Record<string, { value: object }> } };
}

/** The refusals of an operation, by status. */
function refusalsOf(own: Partial<Policy>, operation: object = {}, path = '/things'): Record<string, Documented> {
  const documented: Operation = { responses: {}, ...operation };
  addRefusals(documented, policyOf(own), path);
  return Object.fromEntries(
    Object.entries(documented.responses).flatMap(([status, answer]) =>
      isDocumented(answer) ? [[status, answer]] : [],
    ),
  );
}

function isDocumented(answer: unknown): answer is Documented {
  return typeof answer === 'object' && answer !== null && 'content' in answer;
}

/** The names of a status's examples, and what each says. */
function examplesOf(refusals: Record<string, Documented>, status: number): Record<string, { value: object }> {
  return refusals[status]?.content['application/problem+json'].examples ?? {};
}

describe('the refusals of an operation', () => {
  it('are none where nothing can be refused', () => {
    expect(refusalsOf(open)).toEqual({});
  });

  it('are 401 and 429 where somebody must be signed in, with their header fields', () => {
    const refusals = refusalsOf({});
    expect(Object.keys(refusals)).toEqual(['401', '429']);
    expect(refusals[401]?.headers).toEqual({
      'WWW-Authenticate': {
        description: 'RFC 6750',
        schema: { type: 'string' },
        example: 'Bearer realm="gatehouse", error="invalid_token"',
      },
    });
    expect(Object.entries(refusals[429]?.headers ?? {}).map(([name, { example }]) => [name, example])).toEqual([
      ['Retry-After', '42'],
      ['RateLimit', '"default";r=0;t=42'],
      ['RateLimit-Policy', '"default";q=1000;w=900'],
    ]);
    expect(refusals[429]?.headers?.['RateLimit']?.description).toMatch(/left/);
    expect(examplesOf(refusals, 429)).toMatchObject({ TOO_MANY_REQUESTS: { value: { detail: 'Try again in 42 s' } } });
  });

  it('are documented as problems, each with an example of this very path', () => {
    const { 401: refused } = refusalsOf({}, {}, '/things/{id}');
    expect(refused?.description).toBe(problemCodes.UNAUTHORIZED.title);
    expect(refused?.content['application/problem+json']).toEqual({
      schema: { $ref: '#/components/schemas/Problem' },
      examples: {
        UNAUTHORIZED: {
          value: {
            type: 'urn:gatehouse:problem:unauthorized',
            title: problemCodes.UNAUTHORIZED.title,
            status: 401,
            instance: '/things/{id}',
            code: 'UNAUTHORIZED',
            requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          },
        },
      },
    });
  });

  it('have no header fields of their own but those two', () => {
    expect(refusalsOf(open, {}, '/things/{id}')[404]).not.toHaveProperty('headers');
  });

  it('name all that a policy asks, as the guard would to somebody who holds none of it', () => {
    const permissions = { mode: 'all', names: ['read:order'] } as const;
    const refusals = refusalsOf({ roles: ['support'], permissions, mfa: true, maxAgeMs: 60_000 });
    expect(examplesOf(refusals, 403)).toMatchObject({
      FORBIDDEN: {
        value: {
          required: {
            roles: ['support'],
            permissions: { allOf: ['read:order'] },
            secondFactor: true,
            recentSignIn: { maxAgeSeconds: 60 },
          },
        },
      },
    });
    expect(refusalsOf({ ...open, isPublic: true, roles: ['support'] })).toEqual({});
  });

  it('tell of an owner apart from the rest, unless that is hidden', () => {
    const required = (owner: Policy['owner']) => examplesOf(refusalsOf({ owner }), 403);
    expect(required(ownerRule())).toEqual({
      FORBIDDEN_OWNER: { value: expect.objectContaining({ required: { owner: true } }) },
    });
    expect(required(ownerRule({ unless: 'read:order' }))).toMatchObject({
      FORBIDDEN_OWNER: { value: { required: { owner: true, orPermission: 'read:order' } } },
    });
    expect(required(ownerRule({ hide: true }))).toEqual({});
    const both = refusalsOf({ owner: ownerRule(), roles: ['support'] });
    expect(Object.keys(examplesOf(both, 403))).toEqual(['FORBIDDEN', 'FORBIDDEN_OWNER']);
    expect(both[403]?.description).toBe(problemCodes.FORBIDDEN.title);
  });

  it('follow from the form of the request', () => {
    expect(Object.keys(refusalsOf(open, { requestBody: {} }))).toEqual(['400']);
    expect(Object.keys(refusalsOf(open, { parameters: [{ name: 'page', in: 'query' }] }))).toEqual(['400']);
    expect(Object.keys(refusalsOf(open, { parameters: [] }))).toEqual([]);
    expect(Object.keys(refusalsOf(open, {}, '/things/{id}'))).toEqual(['404']);
  });

  it('follow from a cookie that needs a proof', () => {
    const withProof = { security: [{ bearer: [] }, { cookie: [], csrf: [] }] };
    expect(Object.keys(examplesOf(refusalsOf(open, withProof), 403))).toEqual(['CSRF_PROOF_MISSING']);
    expect(refusalsOf(open, { security: [{ bearer: [] }, { cookie: [] }] })).toEqual({});
    expect(refusalsOf(open, { security: [] })).toEqual({});
  });

  it("are a handler's own as well, several of one status in one answer", () => {
    const refusals = refusalsOf(open, { 'x-refusals': ['CONFLICT', 'OUT_OF_STOCK', 'NO_SUCH_CODE', 7] });
    expect(Object.keys(refusals)).toEqual(['409']);
    expect(Object.keys(examplesOf(refusals, 409))).toEqual(['CONFLICT', 'OUT_OF_STOCK']);
    expect(refusals[409]?.description).toBe(`${problemCodes.CONFLICT.title}, or: ${problemCodes.OUT_OF_STOCK.title}`);
    expect(refusalsOf(open, { 'x-refusals': 'CONFLICT' })).toEqual({});
  });

  it('stand beside the answers that are documented already, and where none are', () => {
    const documented: Operation = { responses: { 200: { description: 'One' } } };
    addRefusals(documented, policyOf(), '/things');
    expect(Object.keys(documented.responses)).toEqual(['200', '401', '429']);
    const bare = JSON.parse('{}');
    addRefusals(bare, policyOf(), '/things');
    expect(Object.keys(bare.responses)).toEqual(['401', '429']);
  });
});

describe('the schema of a problem', () => {
  it('describes every member that a refusal by access control has', () => {
    const permissions = { mode: 'any', names: ['read:order'] } as const;
    const owner = ownerRule({ unless: 'read:order' });
    const refusals = refusalsOf({ roles: ['a'], permissions, mfa: true, maxAgeMs: 1, owner });
    const { properties } = problemSchema;
    for (const { value } of Object.values(examplesOf(refusals, 403))) {
      expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(value)));
      expect(Object.keys(value)).toEqual(expect.arrayContaining(problemSchema.required));
      const required = Reflect.get(value, 'required');
      expect(Object.keys(properties.required.properties)).toEqual(expect.arrayContaining(Object.keys(required)));
    }
    expect(properties.code.enum).toEqual(Object.keys(problemCodes));
  });

  it('gives every member a type, and lists and objects what is in them', () => {
    const untyped: string[] = [];
    const walk = (name: string, schema: unknown): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const { type, properties, items } = { type: undefined, properties: undefined, items: undefined, ...schema };
      if (!['string', 'integer', 'number', 'boolean', 'object', 'array'].includes(String(type))) untyped.push(name);
      if (type === 'array') walk(`${name}[]`, items ?? {});
      if (type !== 'object') return;
      const members = Object.entries(properties ?? {});
      if (members.length === 0) untyped.push(`${name}.*`);
      for (const [member, inner] of members) walk(`${name}.${member}`, inner);
    };
    walk('problem', problemSchema);
    expect(untyped).toEqual([]);
    expect(problemSchema.properties.status.type).toBe('integer');
    expect(problemSchema.properties.type.format).toBe('uri');
    expect(problemSchema.properties.required.properties.secondFactor.type).toBe('boolean');
    expect(problemSchema.properties.required.properties.owner.type).toBe('boolean');
  });
});
