import {
  AuditKeys,
  type Seal,
  SealStore,
  type Verification,
  verifyTrail,
  withDatabaseSource,
} from '@gatehouse/platform/audit';
import pg from 'pg';
import { inject } from 'vitest';
import type { TestDatabase } from './test-database.js';

/** The keys that every process of the tests seals with. */
export function testKeys(): AuditKeys {
  return AuditKeys.parse(inject('server').secrets['AUDIT_KEYS'] ?? '');
}

/** The public halves of them alone, as a JWK Set. */
export function publicKeys(): string {
  return JSON.stringify({ keys: testKeys().published });
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Verifies the whole trail with the public keys alone. */
export function verified({ superuserUrl }: TestDatabase, head?: Seal): Promise<Verification> {
  const keys = AuditKeys.parse(publicKeys());
  return withClient(superuserUrl, (client) =>
    withDatabaseSource(client, undefined, (source) => verifyTrail(source, keys, head)),
  );
}

export function lastSeal({ superuserUrl }: TestDatabase): Promise<Seal | undefined> {
  return withClient(superuserUrl, (client) => new SealStore(client).last());
}

/** Statements of a superuser whom no trigger and no privilege stops. */
export function tamper({ superuserUrl }: TestDatabase, ...statements: readonly string[]): Promise<void> {
  return withClient(superuserUrl, async (client) => {
    await client.query("SET session_replication_role = 'replica'");
    for (const statement of statements) await client.query(statement);
  });
}

/** Writes `count` entries of security events as the application would. */
export async function addEntries({ url }: TestDatabase, count: number, action = 'test.happened'): Promise<void> {
  await withClient(url, (client) =>
    client.query(
      `SELECT audit_append(jsonb_agg(jsonb_build_object('action', $2::text, 'resource', 'thing',
         'resource_id', 'thing-' || n % 50, 'process', 'test', 'details', jsonb_build_object('n', n, 'text', 'Größe ' || n))))
       FROM generate_series(1, $1::int) n`,
      [count, action],
    ),
  );
}
