import { type ServedRoute, ServedRoutes } from '@gatehouse/access';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { send } from '../kit/http-client.js';
import { type Caller, makeCaller } from './matrix/callers.js';
import { everyPart, matrix } from './matrix/committed.js';
import { ProbeModule } from './matrix/probe.module.js';
import { makeOwned } from './matrix/resources.js';

/** Somebody who isn't signed in. */
const nobody: Pick<Caller, 'label' | 'token' | 'person'> = { label: 'nobody' };

describe('what explain says of a call', () => {
  let api: Api;
  let auditor: Person;
  let stranger: Person;
  let callers: (typeof nobody)[];
  let cells = 0;
  beforeAll(async () => {
    api = await startApi({ modules: [ProbeModule], environment: everyPart });
    [auditor, stranger] = [await api.person('auditor'), await api.person()];
    const resident = (role: string) => makeCaller(api, role, { role, secondFactor: true });
    callers = [nobody, ...(await Promise.all(matrix.roles.map(({ name }) => resident(name))))];
  });
  afterAll(() => api.close());

  /** The route's path for each of the things that it may name, where it asks whose that is. */
  const pathsOf = async ({ path, policy: { owner } }: ServedRoute, { person }: typeof nobody): Promise<string[]> => {
    const fill = (id: string) =>
      path.replaceAll(/:(\w+)/g, (_, name: string) => (name === owner?.param ? id : uuidv7()));
    if (owner === undefined || person === undefined) return [fill(uuidv7())];
    const ids = [makeOwned(api, path, person), makeOwned(api, path, stranger)];
    return [...(await Promise.all(ids)), uuidv7(), 'malformed'].map(fill);
  };

  const disagreement = async (route: ServedRoute, { label, token, person }: typeof nobody, path: string) => {
    const query = new URLSearchParams({ method: route.method, path });
    if (person !== undefined) query.set('userId', person.id);
    const [asked, called] = await Promise.all([
      api.get(`/api/access/explain?${query}`, { token: auditor.token }),
      send(`${api.url}${path}`, route.method, { token, headers: { 'x-probe': 'yes' } }),
    ]);
    cells += 1;
    const { handler, allowed, status, code } = asked.body.data;
    const told = allowed ? ['reached', handler] : ['refused', status, code];
    const reached = called.headers.get('x-reached');
    const happened = reached === null ? ['refused', called.status, called.body.code] : ['reached', reached];
    const same = JSON.stringify(told) === JSON.stringify(happened);
    return same ? [] : [`${label} ${route.method} ${path}: told ${told.join(' ')}, was ${happened.join(' ')}`];
  };

  it('S30 is what happens: to every route, for each role and for nobody, whatever thing the path names', async () => {
    const routes = api.app
      .get(ServedRoutes)
      .routes()
      .filter(({ method }) => method !== 'HEAD');
    const wrong: string[] = [];
    for (const route of routes) {
      const found = callers.map(async (caller) => {
        const paths = await pathsOf(route, caller);
        return Promise.all(paths.map((path) => disagreement(route, caller, path)));
      });
      wrong.push(...(await Promise.all(found)).flat(2));
    }
    expect(wrong).toEqual([]);
    expect(cells).toBeGreaterThan(routes.length * callers.length);
    process.stdout.write(`explain: ${cells} calls of ${routes.length} routes explained and made\n`);
  }, 120_000);
});
