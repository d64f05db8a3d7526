import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newAuditKeys } from '@gatehouse/platform/audit';
import { acquireEmbeddedPostgres, migrate, removeEmbeddedPostgres } from '@gatehouse/platform/database';
import { exportJWK, generateKeyPair } from 'jose';
import pg from 'pg';
import type { TestProject } from 'vitest/node';

/** Where the suites find their database server; a superuser's URL and a migrated template to copy. */
export interface TestServer {
  readonly superuserUrl: string;
  readonly template: string;
  readonly ownerUrl: string;
  readonly applicationUrl: string;
  readonly redisUrl: string | undefined;
  /** Keys that all processes of a test share, as replicas do in production. */
  readonly secrets: Record<string, string>;
}

declare module 'vitest' {
  interface ProvidedContext {
    server: TestServer;
  }
}

/**
 * Makes one migrated template on the server of TEST_DATABASE_URL (a superuser's), or on an embedded one of its own,
 * and takes everything away again at the end: the template, the roles, the server it started.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const embedded = process.env['TEST_DATABASE_URL'] === undefined ? await startEmbedded() : undefined;
  const superuserUrl = process.env['TEST_DATABASE_URL'] ?? embedded?.url ?? '';
  const name = `gatehouse_test_${randomBytes(4).toString('hex')}`;
  const [owner, application] = [`${name}_owner`, `${name}_app`];
  await asSuperuser(superuserUrl, [
    `CREATE ROLE ${owner} LOGIN CREATEROLE PASSWORD 'test'`,
    `CREATE ROLE ${application} LOGIN PASSWORD 'test'`,
    `CREATE DATABASE ${name} OWNER ${owner}`,
  ]);
  const [ownerUrl, applicationUrl] = [owner, application].map((role) => urlFor(superuserUrl, role, name));
  await migrate(ownerUrl ?? '', applicationUrl ?? '');
  project.provide('server', {
    superuserUrl,
    template: name,
    ownerUrl: ownerUrl ?? '',
    applicationUrl: applicationUrl ?? '',
    redisUrl: process.env['TEST_REDIS_URL'],
    secrets: await newSecrets(),
  });
  return async () => {
    await asSuperuser(superuserUrl, [
      `DROP DATABASE ${name} WITH (FORCE)`,
      `DROP ROLE ${name}_application, ${owner}, ${application}`,
    ]);
    await embedded?.stop();
  };
}

async function newSecrets(): Promise<Record<string, string>> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return {
    JWT_KEYS: JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), kid: 'test' }] }),
    ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
    AUDIT_KEYS: newAuditKeys('test'),
  };
}

async function startEmbedded(): Promise<{ url: string; stop: () => Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  const server = await acquireEmbeddedPostgres({ dataDir });
  return {
    url: server.superuserUrl,
    stop: async () => {
      await server.release();
      await removeEmbeddedPostgres({ dataDir });
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export async function asSuperuser(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

export function urlFor(superuserUrl: string, role: string, database: string): string {
  const url = new URL(superuserUrl);
  url.username = role;
  url.password = 'test';
  url.pathname = `/${database}`;
  return url.href;
}
