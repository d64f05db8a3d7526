import { JobConsumer } from '@gatehouse/platform/jobs';
import { Controller, Get, Injectable, Module, Post, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { Auth, Public, System } from '../vocabulary/decorators.js';
import { PermissionCatalogue } from '../vocabulary/permissions.js';
import { PolicyRegistry } from './policy-registry.js';

async function registryOf(controllers: Type[], providers: Type[] = []) {
  @Module({ controllers, providers })
  class Tested {}
  const module = await Test.createTestingModule({ imports: [Tested] }).compile();
  return new PolicyRegistry(module.get(ModulesContainer), new PermissionCatalogue());
}

@Controller('things')
class Things {
  @Get()
  @Public()
  list() {}

  @Post()
  @Auth()
  make() {}
}

@Controller('bare')
class Bare {
  @Get()
  handle() {}
}

@Injectable()
class Jobs {
  @JobConsumer('sweep')
  @System()
  sweep() {}
}

const accessOn = (handler: () => void): unknown => Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, handler);

describe('PolicyRegistry', () => {
  it('knows the policy of every handler by its class and its function', async () => {
    const registry = await registryOf([Things]);
    const { list, make } = Things.prototype;
    expect(registry.policyOf(Things, list)).toMatchObject({ name: 'Things.list', isPublic: true });
    expect(registry.policyOf(Things, make)).toMatchObject({ name: 'Things.make', isPublic: false });
    expect(registry.policies().map(({ name }) => name)).toEqual(['Things.list', 'Things.make']);
    expect(registry.problems()).toEqual([]);
  });

  it('knows none for a handler of another class, nor for one that it never saw', async () => {
    const registry = await registryOf([Things]);
    expect(registry.policyOf(Bare, Things.prototype.list)).toBeUndefined();
    expect(registry.policyOf(Things, Bare.prototype.handle)).toBeUndefined();
  });

  it('lists what is wrong with a handler, and keeps no policy for it', async () => {
    const registry = await registryOf([Bare]);
    expect(registry.problems()).toEqual([expect.stringMatching(/^Bare\.handle declares no access/)]);
    expect(registry.policyOf(Bare, Bare.prototype.handle)).toBeUndefined();
  });

  it('lists what stands where nothing calls it', async () => {
    @Injectable()
    class Service {
      @Auth()
      work() {}
    }
    expect((await registryOf([], [Service])).problems()).toEqual([
      'Service.work declares access and nothing calls it from outside: take the decorators off',
    ]);
  });

  it('hands the server the policy of a route, by which a raw route is told apart', async () => {
    const registry = await registryOf([Things, Bare], [Jobs]);
    const { list } = Things.prototype;
    const policy = registry.policyOf(Things, list);
    expect(accessOn(list)).toEqual({ access: { handler: 'Things.list', policy } });
    expect(accessOn(Bare.prototype.handle)).toEqual({ access: { handler: 'Bare.handle', policy: undefined } });
    expect(accessOn(Jobs.prototype.sweep)).toBeUndefined();
  });

  it('refuses policies that nothing would decide by, until somebody says that they do', async () => {
    const registry = await registryOf([Things], [Jobs]);
    expect(registry.problems()).toEqual(['Jobs.sweep: nothing here decides a job by its policy']);
    registry.decides('job');
    expect(registry.problems()).toEqual([]);
  });
});
