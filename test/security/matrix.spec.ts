import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { borderline, bystander, type Caller, makeCaller, residents, strangers } from './matrix/callers.js';
import { everyPart, matrix } from './matrix/committed.js';
import { expected } from './matrix/expectation.js';
import { HeardRoutes, ProbeModule } from './matrix/probe.module.js';
import { Probing } from './matrix/probing.js';
import { makeOwned } from './matrix/resources.js';

/** What a limit is multiplied by in a suite that isn't about limits. */
const limitFactor = 10_000;

describe('the committed access matrix', () => {
  let api: Api;
  let probing: Probing;
  let everybody: Caller[];
  beforeAll(async () => {
    api = await startApi({ modules: [ProbeModule], environment: everyPart });
    api.clock.hold();
    await api.database.role(bystander, []);
    probing = new Probing(api, await api.person(), ({ path }, owner) => makeOwned(api, path, owner));
    everybody = [...(await strangers(api)), ...(await residents(api))];
  });
  afterAll(async () => {
    process.stdout.write(`S30: ${probing.cells} cells of ${matrix.routes.length} routes probed\n`);
    await api.close();
  });

  it('S29 S30 has a row for every route that is served, and every row is served', () => {
    const heard = [...api.app.get(HeardRoutes).routes].filter((route) => !route.startsWith('HEAD '));
    const rows = matrix.routes.map(({ method, path }) => `${method} ${path}`);
    expect(heard.sort()).toEqual([...rows, ...matrix.open].sort());
  });

  const named = matrix.routes.map((route) => ({ name: `${route.method} ${route.path}`, route }));
  it.each(named)('S30 $name is reached by whom the matrix says, and by nobody else', async ({ route }) => {
    const wrong = await probing.all(route, [...everybody, ...(await borderline(api, route))]);
    expect(wrong).toEqual([]);
  });

  it('S30 says of each role what the facts beside it say', async () => {
    for (const route of matrix.routes) {
      for (const [role, may] of Object.entries(route.may)) {
        const standing = { credential: 'live', role, grants: [], secondFactor: true, signedInMsAgo: 0 } as const;
        const reaches = (named: 'own' | 'foreign') => expected(route, standing, named).status === 'reached';
        const verdict = reaches('foreign') ? 'yes' : reaches('own') ? 'own' : 'no';
        expect([route.method, route.path, role, may]).toEqual([route.method, route.path, role, verdict]);
      }
    }
  });

  it('S35 decides HEAD as the GET beside it', async () => {
    const [anonymous, admin] = [
      everybody.filter(({ label }) => label === 'anonymous'),
      await makeCaller(api, 'admin', { role: 'admin' }),
    ];
    for (const route of matrix.routes.filter(({ method }) => method === 'GET')) {
      for (const caller of [...anonymous, admin]) {
        const [get, head] = [
          await probing.call(route, caller),
          await probing.call({ ...route, method: 'HEAD' }, caller),
        ];
        const seen = ({ status, headers }: typeof get) => [
          status,
          headers.get('x-reached'),
          headers.get('www-authenticate'),
        ];
        expect([route.path, ...seen(head)]).toEqual([route.path, ...seen(get)]);
      }
    }
  });

  it('S46 counts every route by the limits that the matrix says, and by the default one', async () => {
    const [admin] = everybody.filter(({ label }) => label === 'admin with a second factor');
    for (const route of matrix.routes) {
      const { headers } = await probing.call(route, admin ?? expect.fail('no admin'));
      const told = [...(headers.get('ratelimit-policy') ?? '').matchAll(/;q=(\d+);w=(\d+)/g)].map(([, q, w]) => [
        Number(q),
        Number(w),
      ]);
      const own = (route.limits ?? []).map(({ limit, windowSeconds }) => [limit * limitFactor, windowSeconds]);
      const besides = route.limits?.some(({ alone }) => alone) ? [] : [[1_000_000, 900]];
      expect([route.path, told]).toEqual([route.path, route.limits === null ? [] : [...besides, ...own]]);
    }
  });
});
