import type { OpenAPIObject } from '@nestjs/swagger';
import { demandsInWords, limitInWords, whoInWords } from '../policy/in-words.js';
import type { Policy } from '../policy/policy.js';
import type { ServedRoute } from '../policy/served-routes.js';
import { addRefusals, type Operation, problemSchema } from './refusals.js';

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
      operation.security = policy.isPublic
        ? []
        : [{ bearer: [] }, verb === 'get' ? { cookie: [] } : { cookie: [], csrf: [] }];
      describe(operation, policy, path);
    }
  }
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, Problem: problemSchema };
}

function describe(operation: Operation, policy: Policy, path: string): void {
  const limits = policy.limits.map(({ name, limit, windowMs, per, alone }) => {
    const inWords = limitInWords({ limit, windowMs, per });
    return { name, limit, windowSeconds: windowMs / 1_000, per, ...(alone === undefined ? {} : { alone }), inWords };
  });
  Object.assign(operation, { 'x-access': accessFacts(policy), 'x-rate-limit': policy.unlimited ? null : limits });
  const often = policy.limits.map(limitInWords).join(', ');
  const inWords = [`**Who:** ${whoInWords(policy, '`')}`, ...(often === '' ? [] : [`**Limit:** ${often}`])].join(' · ');
  operation.description = [operation.description, inWords].filter(Boolean).join('\n\n');
  addRefusals(operation, policy, path);
}

function accessFacts(policy: Policy): Record<string, unknown> {
  const { isPublic, roles, permissions, owner, mfa, maxAgeMs } = policy;
  return {
    public: isPublic,
    inWords: isPublic ? [] : demandsInWords(policy),
    ...(roles === undefined ? {} : { roles }),
    ...(permissions === undefined
      ? {}
      : { permissions: { [permissions.mode === 'any' ? 'anyOf' : 'allOf']: permissions.names } }),
    ...(owner === undefined
      ? {}
      : {
          owner: {
            param: owner.param,
            ...(owner.unless === undefined ? {} : { unless: owner.unless }),
            ...(owner.hide ? { hidden: true } : {}),
          },
        }),
    ...(mfa ? { secondFactor: true } : {}),
    ...(maxAgeMs === undefined ? {} : { maxAgeSeconds: maxAgeMs / 1_000 }),
  };
}
