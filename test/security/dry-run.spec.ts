import { Public, RateLimit } from '@gatehouse/access';
import { SecurityEvents } from '@gatehouse/platform/audit';
import { Controller, Get, Module } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { type Api, type ApiOptions, startApi } from '../kit/api.js';

@Controller('tried')
@Public()
class TriedController {
  @Get()
  @RateLimit(2, '1m')
  @RateLimit(4, '1h')
  two(): string {
    return 'passed';
  }
}

@Module({ controllers: [TriedController] })
class TriedModule {}

describe('limits in dry run', () => {
  const open: Api[] = [];
  const start = async (names: string, options: ApiOptions = {}) => {
    const environment = { RATE_LIMIT_FACTOR: '1', RATE_LIMIT_DRY_RUN: names, ...options.environment };
    const api = await startApi({ modules: [TriedModule], environment });
    open.push(api);
    return api;
  };
  afterEach(async () => {
    for (const api of open.splice(0)) await api.close();
  });
  const statuses = async (api: Api, calls: number) => {
    const found: number[] = [];
    for (let call = 0; call < calls; call += 1) found.push((await api.get('/api/tried')).status);
    return found;
  };
  const events = async (api: Api) => {
    await api.app.get(SecurityEvents).flush();
    return api.database.query<{ action: string; resource_id: string; details: Record<string, unknown> }>(
      "SELECT action, resource_id, details FROM audit_entries WHERE details->>'limit' IS NOT NULL OR action = 'access.denied'",
    );
  };

  it('count and tell, and say in the trail what they would have refused, which they do not', async () => {
    const api = await start('get-tried-60s, get-tried-3600s');
    expect(await statuses(api, 6)).toEqual([200, 200, 200, 200, 200, 200]);
    const { headers } = await api.get('/api/tried');
    expect(headers.get('ratelimit')).toMatch(/"get-tried-60s";r=0;t=\d+, "get-tried-3600s";r=0/);
    const found = await events(api);
    expect(found.map(({ details }) => [details['limit'], details['count']])).toEqual([
      ['get-tried-60s', 5],
      ['get-tried-3600s', 3],
    ]);
    for (const { action, resource_id } of found) expect([action, resource_id]).toEqual(['limit.exceeded', 'get-tried']);
  });

  it('leave the limits beside them in force', async () => {
    const api = await start('get-tried-60s');
    expect(await statuses(api, 6)).toEqual([200, 200, 200, 200, 429, 429]);
  });

  it('are all of them where that is said', async () => {
    const api = await start('*', { environment: { RATE_LIMIT_ANONYMOUS: '1/1m' } });
    expect(await statuses(api, 6)).toEqual([200, 200, 200, 200, 200, 200]);
    expect((await events(api)).map(({ details }) => [details['limit'], details['count']])).toEqual([
      ['default', 5],
      ['get-tried-60s', 4],
      ['get-tried-3600s', 2],
    ]);
  });

  it('must exist: a name that no limit has keeps the service from starting', async () => {
    await expect(start('get-tired')).rejects.toThrow('RATE_LIMIT_DRY_RUN names get-tired, and there is no such limit');
  });
});
