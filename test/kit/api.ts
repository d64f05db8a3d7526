import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveDocs } from '@gatehouse/access';
import { ApiModule } from '@gatehouse/apps/api/src/api.module.js';
import { Passwords, SessionsService } from '@gatehouse/features/auth';
import { type CreateProductDto, ProductsService } from '@gatehouse/features/products';
import { UsersService } from '@gatehouse/features/users';
import { readConfiguration } from '@gatehouse/platform/config';
import { RequestContext } from '@gatehouse/platform/context';
import { applicationOptions, fastifyAdapter, setUpTransport } from '@gatehouse/platform/http';
import type { Runtime } from '@gatehouse/platform/runtime';
import type { DynamicModule, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { v7 as uuidv7 } from 'uuid';
import { inject } from 'vitest';
import { type Answer, type Send, send } from './http-client.js';
import { MailFolder } from './mail-folder.js';
import { ManualClock } from './manual-clock.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';
import { until } from './until.js';

/** Somebody to call the API as. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
}

export interface PersonOptions {
  /** Whether their session counts as one that passed a second factor. */
  readonly secondFactor?: boolean;
}

export interface ApiOptions {
  /** Variables on top of the suite's own. */
  readonly environment?: Record<string, string>;
  /** A database to share with another process of the same test, which runs the jobs; else the API makes and drops its own. */
  readonly database?: TestDatabase;
  /** Modules of the test's own, beside the product's. */
  readonly modules?: readonly (Type | DynamicModule)[];
  /** Does something with the application before it listens. */
  readonly prepare?: (app: NestFastifyApplication) => void;
}

/** The real application, listening on a port of its own. */
export interface Api {
  readonly url: string;
  readonly app: NestFastifyApplication;
  readonly clock: ManualClock;
  readonly database: TestDatabase;
  readonly dataDir: string;
  get(path: string, options?: Send): Promise<Answer>;
  post(path: string, options?: Send): Promise<Answer>;
  put(path: string, options?: Send): Promise<Answer>;
  patch(path: string, options?: Send): Promise<Answer>;
  delete(path: string, options?: Send): Promise<Answer>;
  /** A fresh, signed-in user with this role; with an authenticator of their own: `enrolled`. */
  person(role?: string, options?: PersonOptions): Promise<Person>;
  /** A product in the catalogue, made as a seed would make it; answers its id. */
  product(wanted?: Partial<CreateProductDto>): Promise<string>;
  /** The newest mail to this address, of this subject if one is said: its text. Waits for one that is on its way. */
  mailTo(email: string, subject?: string): Promise<string>;
  close(): Promise<void>;
}

/** Limits as good as none: a suite that isn't about them must not run into them. */
const generous = { RATE_LIMIT_ANONYMOUS: '1000000/15m', RATE_LIMIT_USER: '1000000/15m', RATE_LIMIT_FACTOR: '10000' };
const password = 'correct horse battery';

export async function startApi(options: ApiOptions = {}): Promise<Api> {
  const { environment = {}, database: shared } = options;
  const { redisUrl, secrets } = inject('server');
  const database = shared ?? (await createTestDatabase());
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-api-'));
  const clock = new ManualClock();
  const configuration = readConfiguration({
    NODE_ENV: 'development',
    DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: '5',
    LOG_LEVEL: 'error',
    DEMO_DATA: 'false',
    JOBS: shared === undefined ? 'inline' : 'worker',
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl, REDIS_PREFIX: `${database.name}:` }),
    ...generous,
    ...secrets,
    ...environment,
  });
  const runtime = { configuration, clock, databaseUrl: database.url, summary: '', close: () => Promise.resolve() };
  const discard = async () => {
    if (shared === undefined) await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  };
  const app = await listening(runtime, options).catch(async (error: unknown) => {
    await discard();
    throw error;
  });
  const url = await app.getUrl();
  const call = (method: string) => (path: string, options?: Send) => send(`${url}${path}`, method, options);
  return {
    url,
    app,
    clock,
    database,
    dataDir,
    get: call('GET'),
    post: call('POST'),
    put: call('PUT'),
    patch: call('PATCH'),
    delete: call('DELETE'),
    person: (role = 'customer', options = {}) => makePerson(app, role, options),
    product: (wanted) => makeProduct(app, wanted),
    mailTo: async (email, subject) => {
      if (configuration.JOBS === 'inline') await until('jobs are done', () => isIdle(database));
      return new MailFolder(join(dataDir, 'mail')).newest(email, subject);
    },
    close: async () => {
      await app.close();
      await discard();
    },
  };
}

async function listening(runtime: Runtime, { modules = [], prepare }: ApiOptions): Promise<NestFastifyApplication> {
  const { configuration } = runtime;
  const tested = await Test.createTestingModule({ imports: [ApiModule.forRoot(runtime), ...modules] }).compile();
  const app = tested.createNestApplication<NestFastifyApplication>(fastifyAdapter(configuration), applicationOptions);
  await setUpTransport(app, configuration);
  try {
    if (configuration.DOCS) serveDocs(app);
    prepare?.(app);
    await app.listen(0, '127.0.0.1');
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Whether no job is under way or due. */
async function isIdle({ query }: TestDatabase): Promise<boolean> {
  const due = await query(
    "SELECT FROM pgboss.job WHERE state = 'active' OR (state < 'active' AND start_after <= now()) LIMIT 1",
  );
  return due.length === 0;
}

let hashed: Promise<string> | undefined;

async function makePerson(
  app: NestFastifyApplication,
  role: string,
  { secondFactor = false }: PersonOptions,
): Promise<Person> {
  hashed ??= app.get(Passwords, { strict: false }).hash(password);
  const passwordHash = await hashed;
  const email = `${role}-${uuidv7()}@example.com`;
  return app.get(RequestContext).run({ requestId: uuidv7(), process: 'test' }, async () => {
    const user = await app
      .get(UsersService, { strict: false })
      .create({ email, name: `Test ${role}`, role, passwordHash, emailVerified: true });
    const pair = await app
      .get(SessionsService, { strict: false })
      .begin({ userId: user.id, methods: secondFactor ? ['password', 'otp'] : ['password'], secondFactor });
    return { id: user.id, email, password, token: pair.accessToken, refreshToken: pair.refreshToken };
  });
}

async function makeProduct(app: NestFastifyApplication, wanted: Partial<CreateProductDto> = {}): Promise<string> {
  const price = { amount: 1999, currency: 'EUR' };
  const product = { name: 'Lantern', description: 'Gives light', category: 'lighting', price, stock: 10, ...wanted };
  return app.get(RequestContext).run({ requestId: uuidv7(), process: 'test' }, async () => {
    const { id } = await app.get(ProductsService, { strict: false }).create(product);
    return id;
  });
}

/** The token that a mail carries in its link. */
export function tokenIn(mail: string): string {
  const [, token] = /#token=([A-Za-z0-9_-]{43})/.exec(mail) ?? [];
  if (token === undefined) throw new Error(`no token in: ${mail}`);
  return token;
}
