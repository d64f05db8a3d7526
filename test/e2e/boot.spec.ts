import {
  AccessModule,
  Auth,
  Owner,
  Permission,
  Public,
  RateLimit,
  Role,
  UndeclaredAccessError,
} from '@gatehouse/access';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
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

function moduleOf(...controllers: (new (...parameters: never[]) => unknown)[]) {
  @Module({ controllers })
  class TestModule {}
  return TestModule;
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
