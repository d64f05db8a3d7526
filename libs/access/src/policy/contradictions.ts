import type { Declaration, DeclarationKind } from '../vocabulary/declaration.js';
import type { WayIn } from './policy.js';

/** A kind of decorator that stands on one target twice; limits alone may. */
export function repetitions(said: readonly Declaration[], where: string): string[] {
  const kinds = said.map(({ kind }) => kind).filter((kind) => kind !== 'limit');
  return [...new Set(kinds.filter((kind, index) => kinds.indexOf(kind) !== index))].map(
    (kind) => `${where} says ${label(kind)} twice`,
  );
}

/** Kinds that exclude each other, wherever they stand. */
export function contradictions(isPublic: boolean, said: readonly Declaration[], name: string): string[] {
  const kinds = new Set(said.map(({ kind }) => kind));
  const among = (...wanted: readonly DeclarationKind[]) => wanted.filter((kind) => kinds.has(kind));
  const problems: string[] = [];
  if (isPublic) {
    problems.push(
      ...among('role', 'permission', 'owner').map((kind) => `${name} is @Public and ${label(kind)} at once`),
    );
  }
  if (kinds.has('system')) {
    const rest = among('public', 'auth', 'role', 'permission', 'owner');
    problems.push(...rest.map((kind) => `${name} is @System and ${label(kind)} at once`));
  }
  if (kinds.has('unlimited') && kinds.has('limit')) problems.push(`${name} is limited and exempt from limits at once`);
  return problems;
}

/** What means nothing for this kind of call: a job has neither caller nor session, and only a route has parameters. */
export function unfitting(way: WayIn, said: readonly Declaration[], name: string): string[] {
  const senseless: readonly DeclarationKind[] =
    way === 'job' ? ['public', 'owner', 'limit', 'unlimited'] : way === 'route' ? ['system'] : ['system', 'owner'];
  const problems = [...new Set(said.map(({ kind }) => kind))]
    .filter((kind) => senseless.includes(kind))
    .map((kind) => `${name} handles a ${way}, for which ${label(kind)} means nothing`);
  const session = said.some((one) => one.kind === 'auth' && (one.mfa || one.maxAgeMs !== undefined));
  if (way === 'job' && session) problems.push(`${name} handles a job, which has no session to ask more of`);
  return problems;
}

function label(kind: DeclarationKind): string {
  if (kind === 'unlimited') return '@RateLimit.exempt';
  return kind === 'limit' ? '@RateLimit' : `@${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
}
