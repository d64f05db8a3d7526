import { Problem, type ProblemCode, problemBody, problemCodes } from '@gatehouse/platform/http';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Policy } from '../policy/policy.js';
import type { ServedRoute } from '../policy/served-routes.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const verbs = ['get', 'post', 'put', 'patch', 'delete'] as const;

/**
 * Writes what the registry knows into the document: who may call an operation, how often, and which refusals it can
 * answer with, each with an example.
 */
export function addAccessFacts(document: OpenAPIObject, routes: readonly ServedRoute[]): void {
  const policies = new Map(routes.map(({ method, path, policy }) => [`${method} ${path}`, policy]));
  for (const [path, item] of Object.entries(document.paths)) {
    const served = path.replaceAll(/\{(\w+)\}/g, ':$1');
    for (const verb of verbs) {
      const operation = item[verb];
      const policy = policies.get(`${verb.toUpperCase()} ${served}`);
      if (operation === undefined) continue;
      if (policy === undefined) throw new Error(`${verb.toUpperCase()} ${path} is documented and not served`);
      describe(operation, policy, path);
    }
  }
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, Problem: problemSchema };
}

function describe(operation: Operation, policy: Policy, path: string): void {
  operation.security = policy.isPublic ? [] : [{ bearer: [] }];
  const facts = accessFacts(policy);
  Object.assign(operation, { 'x-access': facts });
  if (policy.limits.length > 0) {
    const limits = policy.limits.map(({ limit, windowMs, per }) => ({ limit, windowSeconds: windowMs / 1_000, per }));
    Object.assign(operation, { 'x-rate-limit': limits });
  }
  const demands = demandsInWords(policy);
  // The summary is what the page shows of an operation that isn't opened: the demand belongs there as well.
  const wanted = demands.join(', ').replaceAll('`', '');
  operation.summary = [operation.summary, ...(wanted === '' ? [] : [`[${wanted}]`])].filter(Boolean).join(' ');
  operation.description = [operation.description, inWords(policy, demands)].filter(Boolean).join('\n\n');
  addRefusals(operation, refusals(policy, operation, path), path, facts);
}

function accessFacts({ isPublic, roles, permissions, owner, mfa, maxAgeMs }: Policy): Record<string, unknown> {
  return {
    public: isPublic,
    ...(roles === undefined ? {} : { roles }),
    ...(permissions === undefined
      ? {}
      : { permissions: { [permissions.mode === 'any' ? 'anyOf' : 'allOf']: permissions.names } }),
    ...(owner === undefined
      ? {}
      : { owner: { param: owner.param, ...(owner.unless === undefined ? {} : { unless: owner.unless }) } }),
    ...(mfa ? { secondFactor: true } : {}),
    ...(maxAgeMs === undefined ? {} : { maxAgeSeconds: maxAgeMs / 1_000 }),
  };
}

/** What the policy asks for beyond being signed in. */
function demandsInWords({ roles, permissions, owner, mfa, maxAgeMs }: Policy): string[] {
  const names = (list: readonly string[], between: string) => list.map((name) => `\`${name}\``).join(between);
  return [
    ...(roles === undefined ? [] : [`role ${names(roles, ' or ')}`]),
    ...(permissions === undefined ? [] : [names(permissions.names, permissions.mode === 'any' ? ' or ' : ' and ')]),
    ...(owner === undefined ? [] : [`own${owner.unless === undefined ? '' : ` or \`${owner.unless}\``}`]),
    ...(mfa ? ['second factor'] : []),
    ...(maxAgeMs === undefined ? [] : [`sign-in within ${maxAgeMs / 60_000} min`]),
  ];
}

function inWords(policy: Policy, demands: readonly string[]): string {
  const who = policy.isPublic ? 'anyone' : ['signed in', ...demands].join(', ');
  const often = policy.limits.map(
    ({ limit, windowMs, per }) => `${limit} per ${windowMs / 1_000} s${per === 'caller' ? '' : ` per ${per}`}`,
  );
  return [`**Who:** ${who}`, ...(often.length === 0 ? [] : [`**Limit:** ${often.join(', ')}`])].join(' · ');
}

/** What the policy and the form of the request can be refused with, and what the handler says of its own rules. */
function refusals(policy: Policy, operation: Operation, path: string): ProblemCode[] {
  const demanding =
    policy.roles ?? policy.permissions ?? policy.owner ?? (policy.mfa || policy.maxAgeMs !== undefined || undefined);
  const takesInput = operation.requestBody !== undefined || (operation.parameters ?? []).length > 0;
  const declared: unknown = Reflect.get(operation, 'x-refusals');
  return [
    ...(takesInput ? (['VALIDATION_FAILED'] as const) : []),
    ...(policy.isPublic ? [] : (['UNAUTHORIZED'] as const)),
    ...(demanding === undefined ? [] : (['FORBIDDEN'] as const)),
    ...(path.includes('{') ? (['NOT_FOUND'] as const) : []),
    ...(policy.unlimited ? [] : (['TOO_MANY_REQUESTS'] as const)),
    ...(Array.isArray(declared) ? declared.filter(isProblemCode) : []),
  ];
}

function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && code in problemCodes;
}

/** Codes that share a status become one answer with an example for each. */
function addRefusals(operation: Operation, codes: readonly ProblemCode[], path: string, facts: unknown): void {
  operation.responses ??= {};
  for (const status of new Set(codes.map((code) => problemCodes[code].status))) {
    const same = codes.filter((code) => problemCodes[code].status === status);
    const examples = same.map((code) => {
      const details = code === 'FORBIDDEN' ? { extensions: { required: facts } } : {};
      return [code, { value: problemBody(new Problem(code, details), path, exampleRequestId) }] as const;
    });
    operation.responses[status] = {
      description: same.map((code) => problemCodes[code].title).join(', or: '),
      content: {
        'application/problem+json': {
          schema: { $ref: '#/components/schemas/Problem' },
          examples: Object.fromEntries(examples),
        },
      },
    };
  }
}

const exampleRequestId = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e';

const problemSchema = {
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
  },
};
