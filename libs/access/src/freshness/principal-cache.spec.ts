import { Clock } from '@gatehouse/platform/clock';
import { describe, expect, it } from 'vitest';
import { type PrincipalFacts, PrincipalSource } from '../decision/ports.js';
import { PermissionCatalogue } from '../vocabulary/permissions.js';
import { PrincipalCache } from './principal-cache.js';

class SetClock extends Clock {
  at = Date.parse('2026-01-01T00:00:00Z');
  override milliseconds() {
    return this.at;
  }
}

/** A source whose answer the test decides, and when it arrives. */
class HeldSource extends PrincipalSource {
  facts: PrincipalFacts | undefined;
  loads = 0;
  gate: Promise<void> = Promise.resolve();
  async load() {
    this.loads += 1;
    const { facts } = this;
    await this.gate;
    return facts;
  }
  async loadUser() {
    return undefined;
  }
}

function setUp() {
  const clock = new SetClock();
  const source = new HeldSource();
  const catalogue = new PermissionCatalogue();
  catalogue.add({ 'read:a': '', 'read:b': '' });
  let heard: (change: string) => void = () => undefined;
  let gap: () => void = () => undefined;
  const feed = {
    confirmed: true,
    listen(_channel: string, handler: (change: string) => void, onGap: () => void) {
      heard = handler;
      gap = onGap;
    },
    confirmedWithin: () => feed.confirmed,
  };
  const cache = new PrincipalCache(source, catalogue, feed, clock);
  cache.onModuleInit();
  source.facts = facts({ clock });
  return { clock, source, cache, feed, hear: (change: string) => heard(change), gap: () => gap() };
}

function facts({ clock, ...own }: { clock: SetClock } & Partial<PrincipalFacts>): PrincipalFacts {
  const now = clock.milliseconds();
  const session = { id: 's', signedInAt: new Date(now), methods: ['password'], secondFactor: false };
  return {
    userId: 'u',
    email: 'u@example.com',
    role: 'customer',
    rolePermissions: ['read:a'],
    grants: [],
    session: { ...session, expiresAt: new Date(now + 3_600_000) },
    ...own,
  };
}

describe('PrincipalCache', () => {
  it('knows a principal once it is loaded', async () => {
    const { cache } = setUp();
    expect(cache.known('s')).toBeUndefined();
    expect((await cache.load('s'))?.permissions.has('read:a')).toBe(true);
    expect(cache.known('s')?.id).toBe('u');
  });

  it.each(['user:u', 'session:s', 'role:customer'])('forgets on %s', async (change) => {
    const { cache, hear } = setUp();
    await cache.load('s');
    hear(change);
    expect(cache.known('s')).toBeUndefined();
  });

  it('keeps what a change does not touch', async () => {
    const { cache, hear } = setUp();
    await cache.load('s');
    for (const change of ['user:v', 'session:t', 'role:manager']) hear(change);
    expect(cache.known('s')).toBeDefined();
  });

  it('forgets everything when changes may have gone unheard, and trusts nothing while they might', async () => {
    const { cache, feed, gap } = setUp();
    await cache.load('s');
    feed.confirmed = false;
    expect(cache.known('s')).toBeUndefined();
    feed.confirmed = true;
    expect(cache.known('s')).toBeDefined();
    gap();
    expect(cache.known('s')).toBeUndefined();
  });

  it('never keeps a load that began before a change was heard', async () => {
    const { cache, source, hear } = setUp();
    let open: () => void = () => undefined;
    source.gate = new Promise((resolve) => {
      open = resolve;
    });
    const loading = cache.load('s');
    hear('user:u');
    open();
    await loading;
    expect(cache.known('s')).toBeUndefined();
  });

  it('holds a grant from its start to its end, to the millisecond', async () => {
    const { cache, clock, source } = setUp();
    const begin = clock.at;
    const grant = { permission: 'read:b', startsAt: new Date(begin + 1_000), expiresAt: new Date(begin + 2_000) };
    source.facts = facts({ clock, grants: [grant] });
    const can = async () => (cache.known('s') ?? (await cache.load('s')))?.permissions.has('read:b');
    expect(await can()).toBe(false);
    clock.at = begin + 999;
    expect(await can()).toBe(false);
    expect(source.loads).toBe(1);
    clock.at = begin + 1_000;
    expect(await can()).toBe(true);
    clock.at = begin + 1_999;
    expect(await can()).toBe(true);
    expect(source.loads).toBe(2);
    clock.at = begin + 2_000;
    expect(await can()).toBe(false);
    expect(source.loads).toBe(3);
  });

  it('lets admin hold the whole catalogue', async () => {
    const { cache, clock, source } = setUp();
    source.facts = facts({ clock, role: 'admin', rolePermissions: [] });
    expect([...((await cache.load('s'))?.permissions ?? [])]).toEqual(['read:a', 'read:b']);
  });

  it('does not know a session past its end, nor one that is gone', async () => {
    const { cache, clock, source } = setUp();
    await cache.load('s');
    clock.at += 3_600_000;
    expect(cache.known('s')).toBeUndefined();
    source.facts = undefined;
    expect(await cache.load('s')).toBeUndefined();
  });
});
