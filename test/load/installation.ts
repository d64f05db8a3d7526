import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { exportJWK, generateKeyPair } from 'jose';
import pg from 'pg';
import type { Cleanup } from './cleanup.js';
import { output } from './processes.js';
import type { Requirements } from './requirements.js';
import { addAccounts } from './sign-in.js';

const commands = fileURLToPath(new URL('../../apps/cli/src/main.js', import.meta.url));

/** A database with roles, data, keys and a folder of the bench's own, which are taken away at the end. */
export interface Installation {
  /** Variables of a production start, less the port and the Redis prefix, which each server has its own of. */
  readonly environment: Readonly<Record<string, string>>;
  readonly redisPrefix: string;
  readonly folder: string;
  /** An access token of a manager. */
  readonly token: string;
}

/** Products in each category: two pages of 20. */
const perCategory = 40;

type Undo = Cleanup['later'];

export async function install(requirements: Requirements, categories: number, undo: Undo): Promise<Installation> {
  const name = `gatehouse_bench_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  undo(() => rm(folder, { recursive: true, force: true }));
  undo(() => removeKeys(requirements.redisUrl, `${name}:`));
  const { ownerUrl, url } = await createDatabase(requirements.postgresUrl, name, password, undo);
  const environment = {
    NODE_ENV: 'production',
    DATA_DIR: folder,
    DATABASE_URL: url,
    REDIS_URL: requirements.redisUrl,
    PUBLIC_URL: 'https://bench.example',
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'bench@bench.example',
    STRIPE_API_KEY: 'sk_test_of_the_bench',
    STRIPE_WEBHOOK_SECRET: 'whsec_of_the_bench',
    STRIPE_API_URL: 'https://127.0.0.1:9',
    ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    JWT_KEYS: await newKeySet(),
    // Raised so that nobody is refused, and counted all the same.
    RATE_LIMIT_ANONYMOUS: '900000000/15m',
    RATE_LIMIT_USER: '900000000/15m',
    // The bench tells an address of their own for those who sign in.
    TRUSTED_PROXIES: '127.0.0.1',
  };
  const asDeveloper = { ...environment, NODE_ENV: 'development', REDIS_PREFIX: `${name}:cli:` };
  await command(['migrate'], { ...asDeveloper, DATABASE_OWNER_URL: ownerUrl });
  await command(['seed', '--products', '0'], asDeveloper);
  const superuserUrl = at(requirements.postgresUrl, name);
  await addProducts(superuserUrl, categories);
  await addAccounts(superuserUrl);
  const token = (await command(['token', 'manager'], asDeveloper)).trim();
  return { environment, redisPrefix: `${name}:`, folder, token };
}

function command(parameters: readonly string[], environment: Record<string, string>): Promise<string> {
  return output([process.execPath, commands, ...parameters], environment, environment['DATA_DIR']);
}

interface Urls {
  readonly ownerUrl: string;
  readonly url: string;
}

async function createDatabase(superuserUrl: string, name: string, password: string, undo: Undo): Promise<Urls> {
  const owner = `${name}_owner`;
  const application = `${name}_app`;
  undo(() =>
    query(superuserUrl, [
      `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`,
      `DROP ROLE IF EXISTS ${name}_application, ${owner}, ${application}`,
    ]),
  );
  await query(superuserUrl, [
    `CREATE ROLE ${owner} LOGIN CREATEROLE PASSWORD '${password}'`,
    `CREATE ROLE ${application} LOGIN PASSWORD '${password}'`,
    `CREATE DATABASE ${name} OWNER ${owner}`,
  ]);
  const as = (username: string) => Object.assign(new URL(at(superuserUrl, name)), { username, password }).toString();
  return { ownerUrl: as(owner), url: as(application) };
}

/** Straight into the tables, past the audit trail: the bench reads them only, and has no minute to wait. */
async function addProducts(superuserUrl: string, categories: number): Promise<void> {
  await query(superuserUrl, [
    "SET session_replication_role = 'replica'",
    `INSERT INTO products (id, name, description, category, price_amount, currency, created_at, updated_at)
     SELECT gen_random_uuid(), 'Brass door knocker no. ' || n, 'Door knocker made of brass, cast by hand',
            'c' || n % ${categories}, 490 + (n * 7919) % 15000, 'EUR', at, at
     FROM generate_series(1, ${categories * perCategory}) n, LATERAL (SELECT now() - n * interval '1 second' AS at) t`,
    `INSERT INTO stock (product_id, quantity)
     SELECT id, 5 + price_amount % 200 FROM products ON CONFLICT DO NOTHING`,
    'VACUUM ANALYZE products, stock',
  ]);
}

async function query(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function at(url: string, database: string): string {
  return Object.assign(new URL(url), { pathname: `/${database}` }).toString();
}

async function newKeySet(): Promise<string> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), kid: 'bench' }] });
}

async function removeKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url, { retryStrategy: () => null });
  redis.on('error', () => undefined);
  for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1_000 })) {
    if (Array.isArray(keys) && keys.length > 0) await redis.unlink(...keys.map(String));
  }
  redis.disconnect();
}
