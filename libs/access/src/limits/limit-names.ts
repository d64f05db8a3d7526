import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import type { LimitRule, LimitSubject } from '../vocabulary/declaration.js';

/** A limit as clients and operators know it. */
export interface NamedLimit extends LimitRule {
  /** Stands in the RateLimit fields, in GET /users/me/limits, in the storage's keys and in RATE_LIMIT_DRY_RUN. */
  readonly name: string;
}

/** A class or a method, as far as its name and its decorators go. */
interface Declared {
  readonly name: string;
}

/**
 * A public name for what a handler serves, made of its method and path: `POST auth/login` is `post-auth-login`. It
 * lasts as long as the address does, whatever becomes of classes.
 */
export function routeName(controller: Declared, handler: Declared): string {
  const method: unknown = Reflect.getMetadata(METHOD_METADATA, handler);
  // What no HTTP route serves is known by its own name only.
  if (typeof method !== 'number') return slug(`${controller.name}-${handler.name}`);
  return slug(`${RequestMethod[method]}-${pathOf(controller)}-${pathOf(handler)}`);
}

const order: readonly LimitSubject[] = ['caller', 'address', 'account'];

/**
 * Names the limits of one route and puts them in the order they are counted in: what a body names comes last, so that
 * a caller who is refused already makes no keys by naming accounts.
 */
export function nameLimits(route: string, rules: readonly LimitRule[]): NamedLimit[] {
  return [...rules]
    .sort((a, b) => order.indexOf(a.per) - order.indexOf(b.per) || a.windowMs - b.windowMs)
    .map((rule) => {
      const subject = rule.per === 'caller' ? '' : `-${rule.per}`;
      const several = rules.filter(({ per }) => per === rule.per).length > 1;
      return { ...rule, name: `${route}${subject}${several ? `-${rule.windowMs / 1_000}s` : ''}` };
    });
}

function pathOf(target: Declared): string {
  const path: unknown = Reflect.getMetadata(PATH_METADATA, target);
  return [path].flat().map(String)[0] ?? '';
}

/** Letters, digits and single hyphens: a String of RFC 9651 that needs no escapes. */
function slug(text: string): string {
  return text
    .replaceAll(/(?<=[a-z0-9])[A-Z]/g, '-$&')
    .toLowerCase()
    .split(/[^a-z0-9]/)
    .filter((part) => part !== '')
    .join('-');
}
