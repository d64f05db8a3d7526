import { HttpModule } from '@gatehouse/platform/http';
import { Module, type Provider, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessModule } from '../src/access.module.js';
import type { PermissionDeclarations } from '../src/vocabulary/permissions.js';
import { newWorld } from './world.js';

export interface TestedParts {
  readonly controllers?: Type[];
  readonly providers?: Provider[];
  readonly permissions?: PermissionDeclarations;
  readonly environment?: Record<string, string>;
  /** Something done to the application before it starts. */
  readonly before?: (app: NestFastifyApplication) => void;
}

export const someWords: PermissionDeclarations = {
  'read:order': 'See any order',
  'update:order': 'Change any order',
  'refund:order': 'Pay an order back',
};

/** The real module in a Fastify of its own, around what the test gives it; refuses to start as the product does. */
export async function startApplication({ controllers = [], providers = [], ...own }: TestedParts = {}) {
  const { permissions = someWords, environment = {}, before } = own;
  const { module, ...world } = newWorld(environment);

  @Module({ imports: [AccessModule.forFeature(permissions)], controllers, providers })
  class Tested {}

  @Module({ imports: [module, HttpModule, AccessModule, Tested] })
  class Root {}

  const app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, _reply, done) => {
      request.facts = { requestId: request.id, address: request.ip };
      done();
    });
  before?.(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return { app, ...world, call: caller(app) };
}

export type TestedApplication = Awaited<ReturnType<typeof startApplication>>;

/** Sends a request; `as` is what the authorization header carries, `u` standing for `u/s-u`. */
function caller(app: NestFastifyApplication) {
  return async (
    method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    {
      as,
      cookie,
      from,
      csrf,
      body,
    }: { as?: string; cookie?: string; from?: string; csrf?: string; body?: object } = {},
  ) => {
    const answer = await app.inject({
      method,
      url,
      headers: {
        ...(as === undefined ? {} : { authorization: `Bearer ${/^\w$/.test(as) ? `${as}/s-${as}` : as}` }),
        ...(cookie === undefined ? {} : { cookie }),
        ...(csrf === undefined ? {} : { 'x-csrf-token': csrf }),
      },
      ...(from === undefined ? {} : { remoteAddress: from }),
      ...(body === undefined ? {} : { payload: body }),
    });
    const isJson = answer.payload !== '' && String(answer.headers['content-type']).includes('json');
    const told: Record<string, unknown> = isJson ? answer.json() : {};
    return { status: answer.statusCode, headers: answer.headers, told, text: answer.payload };
  };
}
