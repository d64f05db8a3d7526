import { jobNameOf } from '@gatehouse/platform/jobs';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { GATEWAY_METADATA, MESSAGE_MAPPING_METADATA, MESSAGE_METADATA } from '@nestjs/websockets/constants.js';
import { declarationsOf } from '../vocabulary/declaration.js';
import type { WayIn } from './policy.js';

export type Handler = (...parameters: never[]) => unknown;

/** A handler that something outside can have called. */
export interface Entrance {
  readonly way: WayIn;
  readonly owner: Handler;
  readonly handler: Handler;
  /** The method's name, which needn't be its function's. */
  readonly method: string;
  /** What it is asked for by, where two of one name would be one too many: the job's or the message's name. */
  readonly subject?: string;
}

/** Every way in that the application's classes declare, and what is wrong with how they do. */
export interface Entrances {
  readonly all: readonly Entrance[];
  readonly problems: readonly string[];
}

const scanner = new MetadataScanner();

/** Walks every class that the modules name: controllers, gateways, consumers, and what carries decorators in vain. */
export function findEntrances(modules: ModulesContainer): Entrances {
  const all: Entrance[] = [];
  const problems: string[] = [];
  for (const [owner, isController] of classesOf(modules)) {
    const found = methodsOf(owner).flatMap(([method, handler]) => entrancesOf(owner, isController, method, handler));
    all.push(...found);
    problems.push(...unguardable(owner, isController, found), ...stale(owner, found));
  }
  return { all, problems: [...problems, ...shared(all), ...doubled(all)] };
}

/** Each class once, and whether it is a controller. */
function classesOf(modules: ModulesContainer): Map<Handler, boolean> {
  const classes = new Map<Handler, boolean>();
  for (const { controllers, providers, injectables } of modules.values()) {
    for (const { metatype } of controllers.values()) if (isHandler(metatype)) classes.set(metatype, true);
    for (const { metatype, isNotMetatype } of [...providers.values(), ...injectables.values()]) {
      if (isHandler(metatype) && !isNotMetatype && !classes.has(metatype)) classes.set(metatype, false);
    }
  }
  return classes;
}

function methodsOf(owner: Handler): [string, Handler][] {
  const prototype: Record<string, unknown> = owner.prototype;
  return scanner.getAllMethodNames(prototype).flatMap((name): [string, Handler][] => {
    const handler = prototype[name];
    return isHandler(handler) ? [[name, handler]] : [];
  });
}

function entrancesOf(owner: Handler, isController: boolean, method: string, handler: Handler): Entrance[] {
  const entrance = { owner, handler, method };
  const found: Entrance[] = [];
  if (isController && Reflect.hasMetadata(METHOD_METADATA, handler)) found.push({ way: 'route', ...entrance });
  if (!isController && isGateway(owner)) {
    if (method === 'handleConnection') found.push({ way: 'connection', ...entrance });
    if (Reflect.hasMetadata(MESSAGE_MAPPING_METADATA, handler)) {
      const message: unknown = Reflect.getMetadata(MESSAGE_METADATA, handler);
      found.push({ way: 'message', ...entrance, subject: `message ${String(message)} of ${owner.name}` });
    }
  }
  const job = jobNameOf(handler);
  if (job !== undefined) found.push({ way: 'job', ...entrance, subject: `job ${job}` });
  return found;
}

/** Nest lets anyone connect to a gateway without `handleConnection`: there would be nothing to hold a policy. */
function unguardable(owner: Handler, isController: boolean, found: readonly Entrance[]): string[] {
  if (isController || !isGateway(owner) || found.some(({ way }) => way === 'connection')) return [];
  return [`${owner.name} lets anyone connect: give it a handleConnection, with its access declared`];
}

/** Decorators where no call comes by: nothing enforces them, and a reader believes that something does. */
function stale(owner: Handler, found: readonly Entrance[]): string[] {
  const live = new Set<unknown>(found.map(({ handler }) => handler));
  const statics = Object.getOwnPropertyNames(owner)
    .filter((name) => name !== 'prototype')
    .map((name): [string, unknown] => [name, Object.getOwnPropertyDescriptor(owner, name)?.value]);
  const subjects: [string, unknown][] = [...methodsOf(owner), ...statics].map(([name, value]) => [
    `${owner.name}.${name}`,
    value,
  ]);
  // An accessor's or a property's decorator says it of the prototype, which handles nothing.
  subjects.push([`a property of ${owner.name}`, owner.prototype]);
  if (found.length === 0) subjects.push([`class ${owner.name}`, owner]);
  return subjects
    .filter(([, subject]) => isObject(subject) && !live.has(subject) && declarationsOf(subject).length > 0)
    .map(([name]) => `${name} declares access and nothing calls it from outside: take the decorators off`);
}

/** A function has one policy: neither one of each class that inherits it, nor one for each way it is called. */
function shared(all: readonly Entrance[]): string[] {
  const first = new Map<Handler, Entrance>();
  return all.flatMap((entrance) => {
    const { handler, owner, method, way } = entrance;
    const other = first.get(handler);
    if (other === undefined) first.set(handler, entrance);
    if (other === undefined) return [];
    return other.owner === owner
      ? [`${owner.name}.${method} handles a ${other.way} and a ${way}: it has one policy, and so one way in`]
      : [`${owner.name}.${method} is ${other.owner.name}.${method} as well: it has one policy, and so one class`];
  });
}

function doubled(all: readonly Entrance[]): string[] {
  const first = new Map<string, string>();
  return all.flatMap(({ subject, owner, method }) => {
    if (subject === undefined) return [];
    const name = `${owner.name}.${method}`;
    const other = first.get(subject);
    if (other === undefined) first.set(subject, name);
    return other === undefined ? [] : [`${other} and ${name} both handle ${subject}`];
  });
}

function isGateway(owner: Handler): boolean {
  return Reflect.hasMetadata(GATEWAY_METADATA, owner);
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
