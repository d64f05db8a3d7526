import { once } from 'node:events';
import {
  AccessModule,
  Auth,
  Owner,
  Permission,
  PolicyRegistry,
  Public,
  RateLimit,
  Role,
  UndeclaredAccessError,
} from '@gatehouse/access';
import { JobConsumer } from '@gatehouse/platform/jobs';
import { Controller, Get, Injectable, Module, Post, type Type } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Api, type ApiOptions, startApi } from '../kit/api.js';

let api: Api | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

/** What the boot says is wrong; fails the test when it starts all the same. */
async function offenders(options: ApiOptions): Promise<readonly string[]> {
  try {
    api = await startApi(options);
  } catch (error) {
    if (error instanceof UndeclaredAccessError) return error.offenders;
    throw error;
  }
  throw new Error('it started');
}

function moduleOf(...controllers: Type[]) {
  @Module({ controllers })
  class TestModule {}
  return TestModule;
}

function providing(...providers: Type[]) {
  @Module({ providers })
  class TestModule {}
  return TestModule;
}

class OrderLike {
  userId = '';
}

describe('a boot with access that is not declared soundly', () => {
  it('fails and lists every undeclared handler at once', async () => {
    @Controller('forgotten')
    class ForgottenController {
      @Get('one')
      one() {
        return 1;
      }

      @Post('two')
      @RateLimit(5, '1m')
      two() {
        return 2;
      }
    }
    @Controller('also-forgotten')
    class AlsoForgottenController {
      @Get()
      three() {
        return 3;
      }

      @Get('declared')
      @Public()
      declared() {
        return 4;
      }
    }
    const found = await offenders({ modules: [moduleOf(ForgottenController, AlsoForgottenController)] });
    expect(found).toEqual([
      'ForgottenController.one declares no access: put @Public, @Auth, @Role, @Permission or @Owner on it',
      'ForgottenController.two declares no access: put @Public, @Auth, @Role, @Permission or @Owner on it',
      'AlsoForgottenController.three declares no access: put @Public, @Auth, @Role, @Permission or @Owner on it',
    ]);
  });

  it('fails for a raw route put on the server itself', async () => {
    const found = await offenders({
      prepare: (app) => {
        app
          .getHttpAdapter()
          .getInstance()
          .get('/backdoor', () => 'open');
        app.getHttpAdapter().post('/api/side-door', () => 'open');
      },
    });
    expect(found.filter((line) => line.includes('raw route'))).toEqual([
      "GET /backdoor is a raw route on the server: make it a controller's, with its access declared",
      "HEAD /backdoor is a raw route on the server: make it a controller's, with its access declared",
      "POST /api/side-door is a raw route on the server: make it a controller's, with its access declared",
    ]);
  });

  it('fails for every way in without a policy, and names them all at once', async () => {
    @Controller('open')
    class OpenController {
      @Get()
      get() {
        return 1;
      }
    }
    @WebSocketGateway({ path: '/feed' })
    class FeedGateway {
      handleConnection() {}

      @SubscribeMessage('join')
      join() {}
    }
    @Injectable()
    class Sweeper {
      @JobConsumer('sweep')
      sweep() {}
    }
    const found = await offenders({
      modules: [moduleOf(OpenController), providing(FeedGateway, Sweeper)],
      prepare: (app) => {
        app.useWebSocketAdapter(new WsAdapter(app));
        app
          .getHttpAdapter()
          .getInstance()
          .post('/backdoor', () => 'open');
      },
    });
    const usable = '@Public, @Auth, @Role, @Permission or @Owner';
    expect(found).toEqual([
      `OpenController.get declares no access: put ${usable} on it`,
      `FeedGateway.handleConnection declares no access: put ${usable} on it`,
      `FeedGateway.join declares no access: put ${usable} on it`,
      'Sweeper.sweep declares no access: put @System, @Auth, @Role or @Permission on it',
      "POST /backdoor is a raw route on the server: make it a controller's, with its access declared",
    ]);
  });

  it('fails for a policy that nothing here decides by', async () => {
    @WebSocketGateway({ path: '/feed' })
    @Auth()
    class FeedGateway {
      handleConnection() {}

      @SubscribeMessage('join')
      join() {}
    }
    const found = await offenders({
      modules: [providing(FeedGateway)],
      prepare: (app) => app.useWebSocketAdapter(new WsAdapter(app)),
    });
    expect(found).toEqual([
      'FeedGateway.handleConnection: nothing here decides a connection by its policy',
      'FeedGateway.join: nothing here decides a message by its policy',
    ]);
  });

  it('fails for decorators that guard nothing and for an owner by a parameter that the address has not', async () => {
    @Injectable()
    class Service {
      @Role('admin')
      work() {}
    }
    @Controller('orders-of')
    class MisnamedController {
      @Get(':userId')
      @Owner(OrderLike, { param: 'orderId' })
      get() {
        return 1;
      }
    }
    const found = await offenders({ modules: [providing(Service), moduleOf(MisnamedController)] });
    expect(found).toEqual([
      'Service.work declares access and nothing calls it from outside: take the decorators off',
      'MisnamedController.get says @Owner(OrderLike), and no provider marked @LoadsResource() loads that',
      'MisnamedController.get says @Owner by the parameter "orderId", which GET /api/orders-of/:userId has not',
    ]);
  });

  it('fails for contradictions, repetitions, unknown permissions and resources that nothing loads', async () => {
    class Nothing {
      userId = '';
    }
    @Controller('wrong')
    @Permission('read:order')
    class WrongController {
      @Get('a')
      @Public()
      opened() {
        return 1;
      }

      @Get('b')
      @Role('admin')
      @Role('manager')
      twice() {
        return 2;
      }

      @Get('c')
      // @ts-expect-error no feature declares this permission, which the compiler knows as well
      @Permission('launch:rocket')
      unknown() {
        return 3;
      }

      @Get('d/:id')
      @Owner(Nothing)
      unloaded() {
        return 4;
      }
    }
    const found = await offenders({ modules: [moduleOf(WrongController)] });
    expect(found).toEqual([
      'WrongController.opened is @Public and @Permission at once',
      'WrongController.twice says @Role twice',
      'WrongController.unknown names launch:rocket, which no feature declares',
      'WrongController.unloaded says @Owner(Nothing), and no provider marked @LoadsResource() loads that',
    ]);
  });

  it('fails for a permission that two features declare', async () => {
    await expect(startApi({ modules: [AccessModule.forFeature({ 'read:order': 'again' })] })).rejects.toThrow(
      'permission "read:order" is declared twice',
    );
  });
});

describe('a message to a gateway while only routes are decided by the guard', () => {
  it('S36 is refused by the guard, and the process lives on', async () => {
    let joined = 0;
    @WebSocketGateway({ path: '/feed' })
    @Public()
    class FeedGateway {
      handleConnection() {}

      @SubscribeMessage('join')
      join() {
        joined += 1;
        return { event: 'joined', data: {} };
      }
    }
    api = await startApi({
      modules: [providing(FeedGateway)],
      prepare: (app) => {
        app.useWebSocketAdapter(new WsAdapter(app));
        for (const way of ['connection', 'message'] as const) app.get(PolicyRegistry).decides(way);
      },
    });
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/feed`);
    await once(socket, 'open');
    socket.send(JSON.stringify({ event: 'join', data: {} }));
    const [answer] = await once(socket, 'message');
    expect(JSON.parse(String(answer))).toMatchObject({ event: 'exception' });
    expect((await api.get('/health/live')).status).toBe(200);
    socket.close();
    await once(socket, 'close');
    expect(joined).toBe(0);
  });
});

describe('decorators that stand together', () => {
  @Controller('combined')
  @Auth()
  @Role('manager')
  class CombinedController {
    @Get('class')
    byClass() {
      return 1;
    }

    @Get('handler')
    @Role('support')
    byHandler() {
      return 2;
    }

    @Get('both')
    @Permission.all('read:order', 'read:audit')
    both() {
      return 3;
    }

    @Get('nobody')
    @Role()
    nobody() {
      return 4;
    }

    @Get('strict')
    @Auth({ mfa: true, maxAge: '5m' })
    @Permission('verify:audit')
    strict() {
      return 5;
    }
  }

  it('a handler beats its class, kinds combine, an empty list denies, and a 403 names all that is missing', async () => {
    api = await startApi({ modules: [moduleOf(CombinedController)] });
    const running = api;
    const [manager, support, admin] = await Promise.all(
      ['manager', 'support', 'admin'].map((role) => running.person(role)),
    );
    const call = async (path: string, person = manager) => {
      const { status, body } = await running.get(`/api/combined/${path}`, { token: person?.token });
      return status === 200 ? 200 : body.required;
    };
    expect(await call('class')).toBe(200);
    expect(await call('class', admin)).toEqual({ roles: ['manager'] });
    expect(await call('handler', support)).toBe(200);
    expect(await call('handler')).toEqual({ roles: ['support'] });
    expect(await call('both')).toEqual({ permissions: { allOf: ['read:audit'] } });
    expect(await call('nobody', admin)).toEqual({ roles: [] });
    running.clock.advance(6 * 60_000);
    expect(await call('strict', support)).toEqual({
      roles: ['manager'],
      permissions: { anyOf: ['verify:audit'] },
      secondFactor: true,
      recentSignIn: { maxAgeSeconds: 300 },
    });
  });
});
