import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeEmbeddedPostgres } from '@gatehouse/platform/database';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { send } from '../kit/http-client.js';
import { type Running, start } from '../kit/processes.js';
import { createTestDatabase, type TestDatabase } from '../kit/test-database.js';

describe('a start with nothing but Node', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-start-'));
  });
  afterAll(async () => {
    await removeEmbeddedPostgres({ dataDir });
    await rm(dataDir, { recursive: true, force: true });
  });

  const alive = async (connectionString: string) => {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 500 });
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  };
  const superuserUrl = async () => {
    const { port, passwords } = JSON.parse(await readFile(join(dataDir, 'postgres.json'), 'utf8'));
    return `postgres://postgres:${passwords.postgres}@127.0.0.1:${port}/postgres`;
  };
  const productsAt = async (url: string) => (await send(`${url}/api/products`, 'GET')).body.pagination.total;

  it('brings its own PostgreSQL, personas only their owner can read, and products', async () => {
    const api = start('api', [], { DATA_DIR: dataDir });
    const url = await api.listening();
    expect(api.output).toContain('embedded PostgreSQL');
    expect(api.output).toContain("cache and limits: this process's memory");
    expect((await send(`${url}/health/ready`, 'GET')).status).toBe(200);
    expect(await productsAt(url)).toBe(50);

    const personas = join(dataDir, 'personas.json');
    expect((await stat(personas)).mode & 0o777).toBe(0o600);
    const made: { role: string; email: string; password: string }[] = JSON.parse(await readFile(personas, 'utf8'));
    expect(made.map(({ role }) => role)).toEqual(['admin', 'manager', 'support', 'auditor', 'customer']);
    for (const { email, password } of made) {
      expect((await send(`${url}/api/auth/login`, 'POST', { body: { email, password } })).status).toBe(200);
    }

    const token = start('cli', ['token', 'manager'], { DATA_DIR: dataDir });
    expect(await token.exit()).toBe(0);
    const session = await send(`${url}/api/auth/session`, 'GET', { token: token.output.trim() });
    expect(session.body.data).toMatchObject({ role: 'manager' });

    const server = await superuserUrl();
    expect(await api.stop()).toBe(0);
    expect(await alive(server), 'the server that it started is stopped').toBe(false);
  });

  it('finds its data again after kill -9, whose database server lives on', async () => {
    const first = start('api', [], { DATA_DIR: dataDir });
    await first.listening();
    first.signal('SIGKILL');
    await first.exit();
    const second = start('api', [], { DATA_DIR: dataDir });
    const url = await second.listening();
    expect(second.output).toContain('(already running)');
    expect(await productsAt(url)).toBe(50);
    expect(await second.stop()).toBe(0);
  });

  it('adds products by `npm run seed`', async () => {
    const seed = start('cli', ['seed', '--products', '7'], { DATA_DIR: dataDir });
    expect(await seed.exit()).toBe(0);
    const api = start('api', [], { DATA_DIR: dataDir });
    expect(await productsAt(await api.listening())).toBe(57);
    await api.stop();
  });
});

describe('a start that cannot be says what to do and exits with 1', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  const refusal = async (environment: Record<string, string>) => {
    const api: Running = start('api', [], environment);
    const code = await api.exit();
    expect(code, api.output).toBe(1);
    return api.output.trim();
  };
  const development = () => ({ NODE_ENV: 'development', DATABASE_URL: database.url, DEMO_DATA: 'false' });

  it('when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const said = await refusal({ ...development(), PORT: port });
    expect(said).toBe(`Port ${port} on 127.0.0.1 is taken: stop what listens there, or set PORT`);
    other.close();
  });

  it('when the database cannot be reached', async () => {
    const said = await refusal({ ...development(), DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' });
    expect(said).toBe(
      'Cannot reach PostgreSQL 127.0.0.1:9/none (it does not answer): start it, or correct DATABASE_URL',
    );
  });

  it('when the database is not migrated', async () => {
    const said = await refusal({
      ...development(),
      DATABASE_URL: database.superuserUrl.replace(/\/[^/]*$/, '/postgres'),
    });
    expect(said).toMatch(/lacks \d+ migrations: run `npm run migrate`/);
  });

  it('when variables are malformed, naming each of them', async () => {
    const said = await refusal({
      ...development(),
      PORT: 'many',
      REDIS_URL: 'http://x',
      ALLOWED_ORIGINS: '*',
      RATE_LIMIT_USER: 'lots',
      LOG_LEVEL: 'loud',
    });
    for (const name of ['PORT', 'REDIS_URL', 'ALLOWED_ORIGINS', 'RATE_LIMIT_USER', 'LOG_LEVEL']) {
      expect(said).toContain(`  - ${name} `);
    }
  });

  it('when production lacks what it needs, naming all of it at once', async () => {
    const said = await refusal({ NODE_ENV: 'production', RATE_LIMIT_FACTOR: '2', PUBLIC_URL: 'http://shop.example' });
    for (const name of [
      'DATABASE_URL',
      'ENCRYPTION_KEYS',
      'SMTP_URL',
      'MAIL_FROM',
      'STRIPE_API_KEY',
      'JWT_KEYS',
      'PUBLIC_URL',
      'RATE_LIMIT_FACTOR',
    ]) {
      expect(said).toContain(`  - ${name} `);
    }
  });

  it('when production would run as the owner of the tables', async () => {
    const { secrets } = inject('server');
    const said = await refusal({
      ...secrets,
      NODE_ENV: 'production',
      DATABASE_URL: database.ownerUrl,
      PUBLIC_URL: 'https://shop.example',
      SMTP_URL: 'smtp://127.0.0.1:9',
      MAIL_FROM: 'shop@shop.example',
      STRIPE_API_KEY: 'sk_live_of_nobody',
      STRIPE_WEBHOOK_SECRET: 'whsec_of_nobody',
    });
    expect(said).toMatch(/^The role of DATABASE_URL owns the tables of .*: give the service a lesser role$/);
  });

  it('when nobody said that development is meant and it would be reachable from outside', async () => {
    expect(await refusal({ HOST: '0.0.0.0' })).toContain(
      'NODE_ENV must be set to development or production because HOST is 0.0.0.0',
    );
    expect(await refusal({ DATABASE_URL: database.url })).toContain('because DATABASE_URL is set');
  });

  it('when a command is misused', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-start-'));
    const token = start('cli', ['token', 'emperor'], { DATA_DIR: dataDir, ...development() });
    expect(await token.exit()).toBe(1);
    await rm(dataDir, { recursive: true });
    expect(token.output).toContain('There are no personas in');
    const unknown = start('cli', ['dance'], {});
    expect(await unknown.exit()).toBe(1);
    expect(unknown.output).toContain('There is no command "dance"');
  });
});
