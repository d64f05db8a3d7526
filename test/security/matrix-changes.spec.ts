import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Notifications } from '@gatehouse/platform/database';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { bystander, type Caller, exactly, makeCaller } from './matrix/callers.js';
import { everyPart, guarded, matrix, type Route } from './matrix/committed.js';
import type { Named, Standing } from './matrix/expectation.js';
import { ProbeModule } from './matrix/probe.module.js';
import { Probing } from './matrix/probing.js';
import { makeOwned } from './matrix/resources.js';

/** Within this, what another process changed is in force here. */
const soon = { timeout: 1_000, interval: 10 };

/** A fresh caller for one route, who reaches it as long as nothing changes. */
interface Cell {
  readonly route: Route;
  readonly caller: Caller;
  readonly named: Named;
}

/** The permission that opens a route to somebody who has all else, and what they then may do it to. */
function key(route: Route): { permission: string; named: Named } | undefined {
  const [demanded] = route.permissions?.names ?? [];
  if (demanded !== undefined) return { permission: demanded, named: 'own' };
  return typeof route.owner?.unless === 'string' ? { permission: route.owner.unless, named: 'foreign' } : undefined;
}

let api: Api;
let probing: Probing;
let admin: Person;

async function start(): Promise<void> {
  api = await startApi({ modules: [ProbeModule], environment: everyPart });
  // A sign-in that is just recent enough stays so however slow the machine is.
  api.clock.hold();
  await api.database.role(bystander, []);
  probing = new Probing(api, await api.person(), ({ path }, owner) => makeOwned(api, path, owner));
  admin = await api.person('admin');
}

async function stop(): Promise<void> {
  process.stdout.write(`S30: ${probing.cells} probes before and after a change\n`);
  await api.close();
}

/** Probes as what the caller is, or as what the change has made of them. */
async function probe({ route, caller, named }: Cell, become: Partial<Standing> = {}): Promise<void> {
  const wrong = await probing.one(route, { ...caller, ...become }, route.owner === null ? undefined : named);
  expect([route.method, route.path, ...wrong]).toEqual([route.method, route.path]);
}

/** The same with every cell, some at a time. */
async function each<C>(cells: readonly C[], work: (cell: C) => Promise<void>): Promise<void> {
  const queue = [...cells];
  await Promise.all(Array.from({ length: 8 }, () => oneByOne(queue, work)));
}

/** One after the other: while something changes, nothing that is loaded is kept, and so nothing need be forgotten. */
async function oneByOne<C>(queue: C[], work: (cell: C) => Promise<void>): Promise<void> {
  for (let cell = queue.shift(); cell !== undefined; cell = queue.shift()) await work(cell);
}

/** A cell for every guarded route, of somebody who holds exactly enough. */
function ofEveryRoute(): Promise<Cell[]> {
  return Promise.all(
    guarded.map(async (route): Promise<Cell> => {
      return { route, caller: await makeCaller(api, 'exactly enough', exactly(route)), named: 'own' };
    }),
  );
}

/** A cell for every route that a permission opens, of somebody who has all but that. */
function ofEveryKey(
  make: (route: Route, permission: string) => Promise<Caller>,
): Promise<(Cell & { permission: string })[]> {
  return Promise.all(
    guarded.flatMap((route) => {
      const { permission, named } = key(route) ?? {};
      if (permission === undefined || named === undefined) return [];
      return [make(route, permission).then((caller) => ({ route, caller, named, permission }))];
    }),
  );
}

/** All that the route asks for but the permission that opens it. */
function allBut(route: Route, permission: string) {
  const enough = exactly(route);
  return { ...enough, grants: enough.grants.filter((name) => name !== permission) };
}

describe('access that is taken away in this process', () => {
  beforeAll(async () => {
    await start();
    // Deaf to what it announces itself: the next request must not depend on how fast the announcement comes back.
    const listener: unknown = Reflect.get(api.app.get(Notifications), 'client');
    if (!(listener instanceof EventEmitter)) throw new Error('the connection that hears changes is elsewhere now');
    listener.removeAllListeners('notification');
  });
  afterAll(stop);

  it('S30 a session that was signed out opens nothing from the next request on', async () => {
    await oneByOne(await ofEveryRoute(), async (cell) => {
      await probe(cell);
      const { status } = await api.post('/api/auth/logout', { token: cell.caller.token });
      expect(status).toBe(204);
      await probe(cell, { credential: 'invalid' });
    });
  });

  it('S30 S32 a grant that is revoked opens nothing from the next request on', async () => {
    const cells = await ofEveryKey((route, permission) => makeCaller(api, 'granted', allBut(route, permission)));
    await oneByOne(cells, async (cell) => {
      const { caller, permission } = cell;
      const path = `/api/users/${caller.person?.id}/permissions`;
      await probe(cell);
      expect((await api.post(path, { token: admin.token, body: { permission } })).status).toBe(201);
      await probe(cell, { grants: [...caller.grants, permission] });
      expect((await api.delete(`${path}/${permission}`, { token: admin.token })).status).toBe(204);
      await probe(cell);
    });
  });

  it('S30 S32 a role that is taken away opens nothing from the next request on', async () => {
    const seeded = matrix.roles.map(({ name }) => name);
    const closed = guarded.filter(({ may }) => may['customer'] !== 'yes');
    await oneByOne(closed, async (route) => {
      const role = route.roles?.[0] ?? seeded.find((name) => name !== 'admin' && route.may[name] === 'yes') ?? 'admin';
      const named = route.may[role] === 'yes' ? 'foreign' : 'own';
      const caller = await makeCaller(api, role, { ...exactly(route), role, grants: [] });
      const cell = { route, caller, named } as const;
      await probe(cell);
      const path = `/api/users/${caller.person?.id}/role`;
      expect((await api.put(path, { token: admin.token, body: { role: 'customer' } })).status).toBe(200);
      await probe(cell, { role: 'customer' });
    });
  });
});

describe('access that is taken away by another process', () => {
  beforeAll(start);
  afterAll(stop);

  /** Changes rows as another process would, and announces it with the change. */
  const changeElsewhere = (announced: string, statement: string, parameters: readonly unknown[]) =>
    api.database.query(
      `WITH changed AS (${statement} RETURNING 1) SELECT pg_notify('access_changes', $${parameters.length + 1}) FROM changed`,
      [...parameters, announced],
    );
  const soonAs = async (cell: Cell, become: Partial<Standing>) =>
    expect.poll(() => probe(cell, become).then(() => 'as expected', String), soon).toBe('as expected');

  it('S30 S32 a user whom another process disables reaches nothing within a second', async () => {
    await each(await ofEveryRoute(), async (cell) => {
      await probe(cell);
      const id = cell.caller.person?.id;
      await changeElsewhere(`user:${id}`, 'UPDATE users SET disabled_at = now() WHERE id = $1', [id]);
      await soonAs(cell, { credential: 'invalid' });
    });
  });

  it('S30 S32 a permission that another process takes from a role opens nothing within a second', async () => {
    const cells = await ofEveryKey(async (route, permission) => {
      const role = `matrix-${randomBytes(6).toString('hex')}`;
      await api.database.role(role, [permission]);
      return makeCaller(api, `of a role with ${permission}`, { ...allBut(route, permission), role });
    });
    const ofRoles = cells.filter(({ route }) => route.roles === null);
    await each(ofRoles, async (cell) => {
      const { caller, permission } = cell;
      await probe(cell, { grants: [...caller.grants, permission] });
      const statement = 'DELETE FROM role_permissions WHERE role_name = $1';
      await changeElsewhere(`role:${caller.role}`, statement, [caller.role]);
      await soonAs(cell, {});
    });
  });
});

describe('access that has its time', () => {
  beforeAll(start);
  afterAll(stop);

  it('S30 S33 begins and ends to the millisecond: grants and sessions', async () => {
    const minute = 60_000;
    const turn = new Date(api.clock.milliseconds() + minute);
    const past = new Date(api.clock.milliseconds() - 1);
    const granted = (times: { startsAt?: Date; expiresAt?: Date }) =>
      ofEveryKey(async (route, permission) => {
        const wanted = allBut(route, permission);
        const caller = await makeCaller(api, 'granted for a time', {
          ...wanted,
          signedInMsAgo: 0,
          grants: [...wanted.grants, { permission, ...times }],
        });
        return { ...caller, grants: wanted.grants };
      });
    const ending = await granted({ expiresAt: turn });
    const beginning = await granted({ startsAt: turn });
    const over = await granted({ expiresAt: past });
    const sessions = await Promise.all(
      guarded.map(async (route): Promise<Cell> => {
        // Young enough for what the route asks, a minute from now as well.
        const wanted = { ...exactly(route), signedInMsAgo: 0, sessionExpiresAt: turn };
        return { route, caller: await makeCaller(api, 'in a session that ends', wanted), named: 'own' };
      }),
    );
    const withIt = ({ caller, permission }: Cell & { permission: string }) => ({
      grants: [...caller.grants, permission],
    });

    for (const before of [0, minute - 1]) {
      api.clock.advance(before);
      await each(ending, (cell) => probe(cell, withIt(cell)));
      await each([...beginning, ...over, ...sessions], (cell) => probe(cell));
    }
    api.clock.advance(1);
    await each([...ending, ...over], (cell) => probe(cell));
    await each(beginning, (cell) => probe(cell, withIt(cell)));
    await each(sessions, (cell) => probe(cell, { credential: 'invalid' }));
  });
});

describe('a malformed id where the route asks whose it is', () => {
  beforeAll(start);
  afterAll(stop);

  it('S30 is 400 without any statement', async () => {
    let statements = 0;
    poolOf(api).on('acquire', () => {
      statements += 1;
    });
    for (const cell of (await ofEveryRoute()).filter(({ route }) => route.owner !== null)) {
      const malformed = { ...cell, named: 'malformed' } as const;
      await probe(malformed);
      statements = 0;
      for (let round = 0; round < 20; round += 1) await probe(malformed);
      // Less than one for each; something in the background may ask now and then.
      expect(statements).toBeLessThan(5);
      for (let round = 0; round < 5; round += 1) await probe({ ...cell, named: 'absent' });
      expect(statements).toBeGreaterThanOrEqual(5);
    }
  });
});

/** The pool that every statement of the application takes a connection from. */
function poolOf({ app }: Api): EventEmitter {
  const pool: unknown = Reflect.get(app.get(DataSource).driver, 'master');
  if (!(pool instanceof EventEmitter)) throw new Error('the driver keeps its pool elsewhere now');
  return pool;
}
