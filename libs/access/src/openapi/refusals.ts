import { Problem, type ProblemCode, type ProblemDetails, problemBody, problemCodes } from '@gatehouse/platform/http';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Principal } from '../decision/principal.js';
import { missing, ownershipMissing } from '../decision/requirements.js';
import type { Policy } from '../policy/policy.js';

export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

interface Refusal {
  /** Of its example; one code may stand for two refusals. */
  readonly name: string;
  readonly code: ProblemCode;
  readonly details: ProblemDetails;
}

/** Documents each refusal that the operation can answer with; those that share a status become one answer. */
export function addRefusals(operation: Operation, policy: Policy, path: string): void {
  operation.responses ??= {};
  const refusals = [...ofForm(operation, path), ...ofRules(operation), ...ofPolicy(policy), ...ofCookies(operation)];
  for (const status of new Set(refusals.map(({ code }) => problemCodes[code].status))) {
    const same = refusals.filter(({ code }) => problemCodes[code].status === status);
    const titles = new Set(same.map(({ code }) => problemCodes[code].title));
    operation.responses[status] = {
      description: [...titles].join(', or: '),
      ...(status in headers ? { headers: headers[status] } : {}),
      content: {
        'application/problem+json': {
          schema: { $ref: '#/components/schemas/Problem' },
          examples: examples(same, path),
        },
      },
    };
  }
}

function examples(refusals: readonly Refusal[], path: string): Record<string, { value: unknown }> {
  return Object.fromEntries(
    refusals.map(({ name, code, details }) => {
      return [name, { value: problemBody(new Problem(code, details), path, exampleRequestId) }];
    }),
  );
}

/** What follows from the form of the request. */
function ofForm(operation: Operation, path: string): Refusal[] {
  const takesInput = operation.requestBody !== undefined || (operation.parameters ?? []).length > 0;
  return [...(takesInput ? [refusal('VALIDATION_FAILED')] : []), ...(path.includes('{') ? [refusal('NOT_FOUND')] : [])];
}

/** What follows from the policy: as the guard would say it to somebody who holds nothing of what it asks. */
function ofPolicy(policy: Policy): Refusal[] {
  const { owner } = policy;
  const required = policy.isPublic ? undefined : missing(policy, nobody, Number.MAX_SAFE_INTEGER);
  return [
    ...(policy.isPublic ? [] : [refusal('UNAUTHORIZED')]),
    ...(required === undefined ? [] : [refusal('FORBIDDEN', { extensions: { required } })]),
    ...(owner === undefined || owner.hide
      ? []
      : [refusal('FORBIDDEN', { extensions: { required: ownershipMissing(owner) } }, 'FORBIDDEN_OWNER')]),
    ...(policy.unlimited ? [] : [refusal('TOO_MANY_REQUESTS', { detail: 'Try again in 42 s' })]),
  ];
}

/** What follows from a credential that a browser sends along by itself. */
function ofCookies({ security }: Operation): Refusal[] {
  return security?.some((way) => 'csrf' in way) ? [refusal('CSRF_PROOF_MISSING')] : [];
}

/** What the handler says of its own rules, by `@Refuses`. */
function ofRules(operation: Operation): Refusal[] {
  const declared: unknown = Reflect.get(operation, 'x-refusals');
  return Array.isArray(declared) ? declared.filter(isProblemCode).map((code) => refusal(code)) : [];
}

function refusal(code: ProblemCode, details: ProblemDetails = {}, name: string = code): Refusal {
  return { name, code, details };
}

function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && code in problemCodes;
}

const exampleRequestId = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e';

const nobody = new Principal('', '', '', new Set(), {
  id: '',
  signedInAt: new Date(0),
  expiresAt: new Date(0),
  methods: [],
  secondFactor: false,
});

const text = (description: string, example: string) => ({ description, schema: { type: 'string' }, example });

/** Header fields that come with a status. */
const headers: Record<number, Record<string, ReturnType<typeof text>>> = {
  401: { 'WWW-Authenticate': text('RFC 6750', 'Bearer realm="gatehouse", error="invalid_token"') },
  429: {
    'Retry-After': text('Seconds until there is room again', '42'),
    RateLimit: text('What is left of each limit, and for how many seconds', '"default";r=0;t=42'),
    'RateLimit-Policy': text('Each limit and its window in seconds', '"default";q=1000;w=900'),
  },
};

export const problemSchema = {
  type: 'object',
  description: 'RFC 9457 problem details',
  required: ['type', 'title', 'status', 'instance', 'code', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string', enum: Object.keys(problemCodes) },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { field: { type: 'string' }, message: { type: 'string' } } },
    },
    required: {
      type: 'object',
      description: 'With 403: all that the caller lacks, at once',
      properties: {
        roles: { type: 'array', items: { type: 'string' }, description: 'Any one of these' },
        permissions: {
          type: 'object',
          properties: {
            anyOf: { type: 'array', items: { type: 'string' } },
            allOf: { type: 'array', items: { type: 'string' } },
          },
        },
        secondFactor: { type: 'boolean' },
        recentSignIn: { type: 'object', properties: { maxAgeSeconds: { type: 'number' } } },
        owner: { type: 'boolean', description: 'It must be your own' },
        orPermission: { type: 'string', description: 'Or you hold this' },
      },
    },
  },
};
