import { afterEach, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { bystander, exactly, makeCaller } from './matrix/callers.js';
import { everyPart, matrix, type Route } from './matrix/committed.js';
import { ProbeModule } from './matrix/probe.module.js';
import { Probing } from './matrix/probing.js';
import { makeOwned } from './matrix/resources.js';

describe('limits, on every route of the committed matrix', () => {
  let api: Api;
  let probing: Probing;
  const start = async (environment: Record<string, string>) => {
    api = await startApi({ modules: [ProbeModule], environment: { ...everyPart, ...environment } });
    await api.database.role(bystander, []);
    probing = new Probing(api, await api.person(), ({ path }, owner) => makeOwned(api, path, owner));
  };
  afterEach(() => api.close());

  /** How many of so many calls at once are let through, by somebody who may and has not called yet. */
  const passed = async (route: Route, calls: number): Promise<number> => {
    const caller = await makeCaller(api, 'fresh', { ...exactly(route), signedInMsAgo: 0 });
    // Of a thing that isn't there, where it matters whose it is: making one would have been counted already.
    const named = route.owner === null ? undefined : ('absent' as const);
    const answers = await Promise.all(Array.from({ length: calls }, () => probing.call(route, caller, named)));
    const [refused, admitted] = [
      answers.filter(({ status }) => status === 429),
      answers.filter(({ status }) => status !== 429),
    ];
    for (const { headers } of refused) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    const way = ({ status, headers }: (typeof answers)[number]) => headers.get('x-reached') ?? String(status);
    expect(new Set(admitted.map(way))).toEqual(new Set([named === undefined ? route.handler : '404']));
    return admitted.length;
  };

  it('S46 lets exactly as many calls through as the route says', async () => {
    await start({ RATE_LIMIT_FACTOR: '1' });
    for (const route of matrix.routes) {
      const smallest = Math.min(...(route.limits ?? []).map(({ limit }) => limit));
      if (smallest === Infinity) continue;
      expect([route.path, await passed(route, smallest + 5)]).toEqual([route.path, smallest]);
    }
  });

  it('S46 lets exactly as many calls through as the default says, except where no limit counts', async () => {
    await start({ RATE_LIMIT_USER: '7/15m' });
    for (const route of matrix.routes) {
      const counted = route.limits !== null && !route.limits.some(({ alone }) => alone);
      expect([route.path, await passed(route, 12)]).toEqual([route.path, counted ? 7 : 12]);
    }
  });
});
