import {
  Auth,
  LoadsResource,
  Owner,
  Permission,
  Public,
  RateLimit,
  type ResourceLoader,
  Role,
} from '@gatehouse/access';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';

const id = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e';
let reached = 0;

class Thing {
  userId = '';
}

@Injectable()
@LoadsResource()
class ThingsRepository implements ResourceLoader<Thing> {
  readonly entity = Thing;
  owner = '';
  load(): Promise<Thing> {
    return Promise.resolve({ userId: this.owner });
  }
}

@Controller('things')
class ThingsController {
  private reach(): object {
    reached += 1;
    return { reached: true };
  }

  @Get('auth')
  @Auth()
  auth(): object {
    return this.reach();
  }

  @Get('role')
  @Role('support')
  role(): object {
    return this.reach();
  }

  @Get('permission')
  @Permission('read:user')
  permission(): object {
    return this.reach();
  }

  @Get('owner/:id')
  @Owner(Thing)
  owner(): object {
    return this.reach();
  }

  @Get('public')
  @Public()
  @RateLimit(1_000, '1m')
  public(): object {
    return this.reach();
  }
}

@Module({ controllers: [ThingsController], providers: [ThingsRepository] })
class ThingsModule {}

describe('a guard whose parts fail', () => {
  let api: Api;
  let person: Person;
  beforeAll(async () => {
    api = await startApi({ modules: [ThingsModule], environment: { LOG_LEVEL: 'error' } });
    person = await api.person('support');
    api.app.get(ThingsRepository, { strict: false }).owner = person.id;
  });
  afterEach(() => {
    vi.restoreAllMocks();
    reached = 0;
  });
  afterAll(() => api.close());

  const guarded = ['auth', 'role', 'permission', `owner/${id}`];
  const all = [...guarded, 'public'];
  const call = (path: string) => api.get(`/api/things/${path}`, { token: person.token });
  /** A part of the guard by its class's name; not all of them are for others to use. */
  const part = (name: string): Record<string, (...parameters: unknown[]) => unknown> => {
    for (const { providers } of api.app.get(ModulesContainer).values()) {
      for (const provider of providers.values()) if (provider.name === name) return Object(provider.instance);
    }
    throw new Error(`no ${name}`);
  };

  it('S36 lets everybody concerned through while they work', async () => {
    for (const path of all) expect((await call(path)).body).toEqual({ data: { reached: true } });
    expect(reached).toBe(all.length);
  });

  const failures: { name: string; method: string; paths: readonly string[]; later?: true }[] = [
    { name: 'PolicyRegistry', method: 'policyOf', paths: all },
    { name: 'JwtAuthenticator', method: 'authenticate', paths: all, later: true },
    { name: 'RateLimiter', method: 'count', paths: all, later: true },
    { name: 'PrincipalCache', method: 'known', paths: guarded },
    { name: 'Clock', method: 'milliseconds', paths: guarded },
    { name: 'ResourceLoaders', method: 'of', paths: [`owner/${id}`] },
    { name: 'ThingsRepository', method: 'load', paths: [`owner/${id}`], later: true },
  ];
  const thrown = {
    'an error': new Error('secret of the guard'),
    'no error at all': undefined,
    'a text': 'secret of the guard',
  };

  it.each(failures.flatMap((failure) => Object.entries(thrown).map(([what, value]) => ({ ...failure, what, value }))))(
    'S36 denies where $method of $name throws $what',
    async ({ name, method, paths, value, later }) => {
      const atOnce = () => {
        throw value;
      };
      for (const fail of later ? [atOnce, () => Promise.reject(value)] : [atOnce]) {
        vi.spyOn(part(name), method).mockImplementation(fail);
        for (const path of paths) {
          const answer = await call(path);
          expect([path, answer.status]).toEqual([path, 500]);
          expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
          expect(answer.text).not.toContain('secret');
        }
        vi.restoreAllMocks();
      }
      expect(reached).toBe(0);
    },
  );

  it('S36 denies where the principal cannot be loaded, or is somebody else', async () => {
    const cache = part('PrincipalCache');
    vi.spyOn(cache, 'known').mockReturnValue(undefined);
    const load = vi.spyOn(cache, 'load');
    load.mockRejectedValue(new Error('secret of the guard'));
    for (const path of guarded) expect((await call(path)).status).toBe(500);
    load.mockResolvedValue({ id: 'another', can: () => true });
    for (const path of guarded) expect((await call(path)).status).toBe(401);
    expect(reached).toBe(0);
  });

  it('S36 denies where what it knows of the caller is broken', async () => {
    for (const broken of [{}, { id: person.id }, { id: person.id, session: null }, [], 'admin', true]) {
      vi.spyOn(part('PrincipalCache'), 'known').mockReturnValue(broken);
      for (const path of guarded) expect([401, 403, 500]).toContain((await call(path)).status);
    }
    expect(reached).toBe(0);
  });

  it('S36 denies where the record of the denial fails as well', async () => {
    vi.spyOn(part('Denials'), 'record').mockImplementation(() => {
      throw new Error('secret of the guard');
    });
    const { token } = await api.person();
    for (const path of ['role', 'permission', `owner/${id}`]) {
      const answer = await api.get(`/api/things/${path}`, { token });
      expect([403, 500]).toContain(answer.status);
      expect(answer.text).not.toContain('secret');
    }
    expect(reached).toBe(0);
  });
});
