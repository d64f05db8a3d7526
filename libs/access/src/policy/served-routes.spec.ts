import { Controller, Get, Post } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { describe, expect, it } from 'vitest';
import { startApplication, type TestedParts } from '../../test/application.js';
import { Parcel } from '../../test/policies.js';
import { LoadsResource } from '../decision/resource-loaders.js';
import { Auth, Owner, Public } from '../vocabulary/decorators.js';
import { PolicyRegistry } from './policy-registry.js';
import { ServedRoutes, UndeclaredAccessError } from './served-routes.js';

@Controller('things')
class Things {
  @Get(':id')
  @Public()
  one() {}

  @Post()
  @Auth()
  make() {}
}

@Controller('bare')
class Bare {
  @Get()
  handle() {}
}

@LoadsResource()
class Parcels {
  readonly entity = Parcel;
  load() {
    return undefined;
  }
}

const raw = (method: 'GET' | 'POST', url: string) => (app: NestFastifyApplication) => {
  app
    .getHttpAdapter()
    .getInstance()
    .route({ method, url, handler: (_request, reply) => void reply.send('raw') });
};

/** What the refusal of the boot lists. */
async function offendersOf(parts: TestedParts): Promise<readonly string[]> {
  const refusal: unknown = await startApplication(parts).catch((error: unknown) => error);
  if (!(refusal instanceof UndeclaredAccessError)) throw new Error('it started');
  return refusal.offenders;
}

describe('what the server really serves', () => {
  it('is every route of a controller with its policy, HEAD besides GET', async () => {
    const { app } = await startApplication({ controllers: [Things] });
    const routes = app.get(ServedRoutes).routes();
    expect(routes.map(({ method, path, policy }) => `${method} ${path} ${policy.name}`).sort()).toEqual([
      'GET /things/:id Things.one',
      'HEAD /things/:id Things.one',
      'POST /things Things.make',
    ]);
    expect(app.get(ServedRoutes).openRoutes()).toEqual([]);
  });

  it('refuses to be served where a handler has no access declared, and lists every offender', async () => {
    const refusal = startApplication({ controllers: [Bare], before: raw('GET', '/raw') });
    await expect(refusal).rejects.toMatchObject({ name: 'UndeclaredAccessError' });
    await expect(refusal).rejects.toThrow(
      /^Access is not declared soundly, so nothing is served:\n {2}- Bare\.handle declares.*\n {2}- .*\n {2}- /,
    );
    const advice = "is a raw route on the server: make it a controller's, with its access declared";
    expect((await offendersOf({ controllers: [Bare], before: raw('GET', '/raw') })).slice(1).sort()).toEqual([
      `GET /raw ${advice}`,
      `HEAD /raw ${advice}`,
    ]);
  });

  it('serves a raw route that was opened by name, and its HEAD with it', async () => {
    const { app } = await startApplication({
      before: (starting) => {
        starting.get(ServedRoutes).open('GET /raw', 'POST /told');
        for (const add of [raw('GET', '/raw'), raw('POST', '/told')]) add(starting);
      },
    });
    expect(app.get(ServedRoutes).openRoutes()).toEqual(['GET /raw', 'POST /told']);
    expect((await app.inject('/raw')).payload).toBe('raw');
  });

  it('opens no method but the one that was named', async () => {
    const offenders = await offendersOf({
      before: (app) => {
        app.get(ServedRoutes).open('GET /raw', 'POST /head ');
        for (const add of [raw('GET', '/raw'), raw('POST', '/raw')]) add(app);
      },
    });
    expect(offenders).toEqual([expect.stringMatching(/^POST \/raw /)]);
  });

  it('lets @fastify/cors answer preflights', async () => {
    const { app } = await startApplication({
      before: (starting) => {
        starting
          .getHttpAdapter()
          .getInstance()
          .options('*', (_request, reply) => void reply.code(204).send());
      },
    });
    expect((await app.inject({ method: 'OPTIONS', url: '/anything' })).statusCode).toBe(204);
  });

  it('refuses an owner rule whose parameter the path has not', async () => {
    @Controller('parcels')
    class Lost {
      @Get('id/:parcelId')
      @Owner(Parcel)
      one() {}

      @Get(':parcelId')
      @Owner(Parcel, { param: 'parcelId' })
      found() {}
    }
    expect(await offendersOf({ controllers: [Lost], providers: [Parcels] })).toEqual([
      'Lost.one says @Owner by the parameter "id", which GET /parcels/id/:parcelId has not',
    ]);
  });

  it('refuses an owner rule of what nothing loads, and a loader that was not marked as one', async () => {
    @Controller('parcels')
    class Unloaded {
      @Get(':id')
      @Owner(Parcel)
      one() {}
    }
    class Unmarked extends Parcels {}
    expect(await offendersOf({ controllers: [Unloaded, Things], providers: [Unmarked] })).toEqual([
      'Unloaded.one says @Owner(Parcel), and no provider marked @LoadsResource() loads that',
    ]);
    const { app } = await startApplication({ controllers: [Unloaded], providers: [Parcels] });
    expect(app.get(ServedRoutes).routes()).toHaveLength(2);
  });

  it('lists what further checks of the boot find', async () => {
    const offenders = await offendersOf({ before: (app) => app.get(ServedRoutes).check(() => ['one', 'two']) });
    expect(offenders).toEqual(['one', 'two']);
  });

  it('is nothing in a command, which has no server', async () => {
    const { app } = await startApplication();
    const host = new HttpAdapterHost();
    const served = new ServedRoutes(host, app.get(PolicyRegistry));
    Object.assign(host, { httpAdapter: null });
    expect(served.routes()).toEqual([]);
  });
});
