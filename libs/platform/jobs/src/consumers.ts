import { Injectable } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import type { Job } from './job.js';
import { type JobDeclaration, jobDeclarationOf } from './job-consumer.js';

/** A method that works off the jobs of a name. */
export interface Consumer extends JobDeclaration {
  readonly owner: unknown;
  readonly handler: object;
  consume(data: unknown, job: Job): Promise<unknown>;
}

const scanner = new MetadataScanner();

/** Every consumer of the application, by the name of its jobs. */
@Injectable()
export class Consumers {
  private found: ReadonlyMap<string, Consumer> | undefined;

  constructor(private readonly modules: ModulesContainer) {}

  of(name: string): Consumer | undefined {
    return this.byName().get(name);
  }

  all(): readonly Consumer[] {
    return [...this.byName().values()];
  }

  private byName(): ReadonlyMap<string, Consumer> {
    this.found ??= new Map(this.gather().map((consumer) => [consumer.name, consumer]));
    return this.found;
  }

  private gather(): Consumer[] {
    return [...this.modules.values()].flatMap(({ providers }) =>
      [...providers.values()].flatMap(({ instance }) => (isObject(instance) ? consumersOf(instance) : [])),
    );
  }
}

function consumersOf(instance: object): Consumer[] {
  const prototype: unknown = Object.getPrototypeOf(instance);
  if (!isObject(prototype)) return [];
  return scanner.getAllMethodNames(prototype).flatMap((method): Consumer[] => {
    const handler: unknown = Reflect.get(prototype, method);
    const declaration = typeof handler === 'function' ? jobDeclarationOf(handler) : undefined;
    if (typeof handler !== 'function' || declaration === undefined) return [];
    const consume = async (data: unknown, job: Job): Promise<unknown> => Reflect.apply(handler, instance, [data, job]);
    return [{ ...declaration, owner: instance.constructor, handler, consume }];
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
