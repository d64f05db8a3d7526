import { describe, expect, it } from 'vitest';
import { startApplication } from '../../test/application.js';
import { AccessChanges } from './access-changes.js';
import { PrincipalCache } from './principal-cache.js';

async function start() {
  const { app, people, transaction, feed } = await startApplication();
  const cache = app.get(PrincipalCache);
  people.signIn('u');
  await cache.load('s-u');
  return { changes: app.get(AccessChanges), cache, transaction, feed };
}

describe('AccessChanges', () => {
  it.each([
    ['user', 'u', 'user:u'],
    ['session', 's-u', 'session:s-u'],
    ['role', 'customer', 'role:customer'],
  ] as const)('announces in the transaction, and forgets here with the commit: %s', async (kind, subject, change) => {
    const { changes, cache, transaction } = await start();
    await changes[kind](subject);
    expect(transaction.statements).toEqual([['SELECT pg_notify($1, $2)', ['access_changes', change]]]);
    expect(cache.known('s-u')).toBeDefined();
    await transaction.commit();
    expect(cache.known('s-u')).toBeUndefined();
  });

  it('forgets what another process announces', async () => {
    const { cache, feed } = await start();
    feed.tell('user:u');
    expect(cache.known('s-u')).toBeUndefined();
  });

  it('begins by waiting for whoever else changes access, always on one lock', async () => {
    const { changes, transaction } = await start();
    await changes.begin();
    await changes.begin();
    const [first, second] = transaction.statements;
    expect(first?.[0]).toBe('SELECT pg_advisory_xact_lock($1)');
    expect(first?.[1]).toEqual([expect.any(Number)]);
    expect(second).toEqual(first);
  });
});
