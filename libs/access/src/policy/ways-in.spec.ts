import { JobConsumer } from '@gatehouse/platform/jobs';
import { Controller, Get, Injectable, Module, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { describe, expect, it } from 'vitest';
import { Auth, Public, System } from '../vocabulary/decorators.js';
import { findEntrances } from './ways-in.js';

declare global {
  interface GatehouseJobs {
    sweep: Record<string, never>;
    tell: Record<string, never>;
  }
}

async function entrancesOf(providers: Type[], controllers: Type[] = []) {
  @Module({ providers, controllers })
  class Tested {}
  const module = await Test.createTestingModule({ imports: [Tested] }).compile();
  const { all, problems } = findEntrances(module.get(ModulesContainer));
  return { all: all.map(({ way, owner, method }) => `${way} ${owner.name}.${method}`), problems };
}

describe('findEntrances', () => {
  it('finds routes, connections, messages and job consumers, each where it is called from outside', async () => {
    @Controller()
    class Web {
      @Get()
      @Public()
      one() {}

      unreachable() {}

      handleConnection() {}
    }
    @WebSocketGateway()
    class Feed {
      @Auth()
      handleConnection() {}

      handleDisconnect() {}

      @SubscribeMessage('join')
      join() {}
    }
    @Injectable()
    class Jobs {
      @JobConsumer('sweep')
      @System()
      sweep() {}

      handleConnection() {}
    }
    expect(await entrancesOf([Feed, Jobs], [Web])).toEqual({
      all: ['route Web.one', 'connection Feed.handleConnection', 'message Feed.join', 'job Jobs.sweep'],
      problems: [],
    });
  });

  it('refuses a gateway that lets anyone connect', async () => {
    @WebSocketGateway()
    class Open {
      @SubscribeMessage('join')
      @Auth()
      join() {}
    }
    const { problems } = await entrancesOf([Open]);
    expect(problems).toEqual(['Open lets anyone connect: give it a handleConnection, with its access declared']);
  });

  it('refuses decorators that guard nothing', async () => {
    @Injectable()
    @Auth()
    class Service {
      @Auth()
      work() {}

      @Auth()
      static make() {}

      @Auth()
      get state() {
        return 1;
      }
    }
    @Controller()
    class Half {
      @Get()
      @Public()
      served() {}

      @Auth()
      forgotten() {}
    }
    const advice = 'declares access and nothing calls it from outside: take the decorators off';
    const { problems } = await entrancesOf([Service], [Half]);
    expect([...problems].sort()).toEqual([
      `Half.forgotten ${advice}`,
      `Service.make ${advice}`,
      `Service.work ${advice}`,
      `a property of Service ${advice}`,
      `class Service ${advice}`,
    ]);
  });

  it('refuses one handler in two classes, two ways into one, and two handlers of one name', async () => {
    abstract class Base {
      @Get()
      list() {}
    }
    @Controller('a')
    @Auth()
    class First extends Base {}
    @Controller('b')
    @Public()
    class Second extends Base {}
    @WebSocketGateway()
    @Auth()
    class Mixed {
      handleConnection() {}

      @SubscribeMessage('tell')
      @JobConsumer('tell')
      tell() {}

      @SubscribeMessage('tell')
      again() {}
    }
    @Injectable()
    class Other {
      @JobConsumer('tell')
      @System()
      tell() {}
    }
    const { problems } = await entrancesOf([Mixed, Other], [First, Second]);
    expect(problems).toEqual([
      'Second.list is First.list as well: it has one policy, and so one class',
      'Mixed.tell handles a message and a job: it has one policy, and so one way in',
      'Mixed.tell and Mixed.again both handle message tell of Mixed',
      'Mixed.tell and Other.tell both handle job tell',
    ]);
  });
});
