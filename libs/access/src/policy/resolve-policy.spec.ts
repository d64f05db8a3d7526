import { describe, expect, it } from 'vitest';
import { Auth, Owner, Permission, Public, RateLimit, Role, System } from '../vocabulary/decorators.js';
import { CurrentUser, Resource } from '../vocabulary/parameters.js';
import { PermissionCatalogue } from '../vocabulary/permissions.js';
import type { WayIn } from './policy.js';
import { resolvePolicy } from './resolve-policy.js';

type Controller = new () => { handle: () => void };

const catalogue = new PermissionCatalogue();
catalogue.add({ 'read:thing': 'Read', 'write:thing': 'Write' });

function resolved(owner: Controller, way: WayIn = 'route') {
  return resolvePolicy({ way, owner: owner as never, handler: owner.prototype.handle, method: 'handle' }, catalogue);
}

function policyOf(controller: Controller) {
  const resolution = resolved(controller);
  if ('problems' in resolution) throw new Error(resolution.problems.join('\n'));
  return resolution.policy;
}

function problemsOf(controller: Controller, way?: WayIn) {
  const resolution = resolved(controller, way);
  return 'problems' in resolution ? resolution.problems : [];
}

describe('resolvePolicy', () => {
  it('refuses a handler on which nothing is declared, and one that is only limited', () => {
    class Bare {
      handle() {}
    }
    class Limited {
      @RateLimit(5, '1m')
      handle() {}
    }
    expect(problemsOf(Bare)).toEqual([expect.stringContaining('Bare.handle declares no access')]);
    expect(problemsOf(Limited)).toEqual([expect.stringContaining('Limited.handle declares no access')]);
  });

  it("lets a handler's @Public override its class's @Auth and nothing else", () => {
    @Auth()
    class Opened {
      @Public()
      handle() {}
    }
    @Role('admin')
    class Contradicted {
      @Public()
      handle() {}
    }
    expect(policyOf(Opened).isPublic).toBe(true);
    expect(problemsOf(Contradicted)).toEqual(['Contradicted.handle is @Public and @Role at once']);
  });

  it("takes a class's @Public for each handler that says nothing itself", () => {
    @Public()
    class Open {
      handle() {}
    }
    expect(policyOf(Open)).toMatchObject({ isPublic: true, roles: undefined });
  });

  it("lets a handler's @Auth close what its class opened", () => {
    @Public()
    class Closed {
      @Auth({ mfa: true })
      handle() {}
    }
    expect(policyOf(Closed)).toMatchObject({ isPublic: false, mfa: true });
  });

  it('takes the same kind from the handler and different kinds from both', () => {
    @Role('manager')
    @RateLimit(1, '1m')
    class Combined {
      @Role('support')
      @Auth({ maxAge: '5m' })
      @RateLimit(2, '1m')
      @RateLimit(3, '1h', { per: 'address' })
      handle() {}
    }
    expect(policyOf(Combined)).toMatchObject({ roles: ['support'], maxAgeMs: 300_000 });
    expect(
      policyOf(Combined)
        .limits.map(({ limit }) => limit)
        .sort(),
    ).toEqual([2, 3]);
  });

  it("keeps a class's limits where the handler has none of its own", () => {
    @Auth()
    @RateLimit(7, '1m')
    class Inherited {
      handle() {}
    }
    expect(policyOf(Inherited).limits).toEqual([
      { name: 'inherited-handle', limit: 7, windowMs: 60_000, per: 'caller' },
    ]);
  });

  it('does not depend on the order of the decorators', () => {
    class OneWay {
      @Role('admin')
      @Auth({ mfa: true })
      handle() {}
    }
    class OtherWay {
      @Auth({ mfa: true })
      @Role('admin')
      handle() {}
    }
    const { name: _one, route: _oneRoute, ...one } = policyOf(OneWay);
    const { name: _other, route: _otherRoute, ...other } = policyOf(OtherWay);
    expect(one).toEqual(other);
  });

  it('refuses one kind said twice on one target, a limit together with an exemption, and unknown permissions', () => {
    class Twice {
      @Permission('read:thing' as never)
      @Permission.all('write:thing' as never)
      handle() {}
    }
    class Exempt {
      @Public()
      @RateLimit(1, '1m')
      @RateLimit.exempt()
      handle() {}
    }
    class Unknown {
      @Permission('fly:thing' as never)
      handle() {}
    }
    expect(problemsOf(Twice)).toEqual(['Twice.handle says @Permission twice']);
    expect(problemsOf(Exempt)).toEqual(['Exempt.handle is limited and exempt from limits at once']);
    expect(problemsOf(Unknown)).toEqual(['Unknown.handle names fly:thing, which no feature declares']);
  });

  it('lets a job act as the system, or for a user who must hold something when it runs', () => {
    class Cleaning {
      @System()
      handle() {}
    }
    class Exporting {
      @Permission('read:thing' as never)
      handle() {}
    }
    const resolution = [resolved(Cleaning, 'job'), resolved(Exporting, 'job')];
    expect(resolution).toMatchObject([
      { policy: { way: 'job', isSystem: true, isPublic: false } },
      { policy: { way: 'job', isSystem: false, permissions: { mode: 'any', names: ['read:thing'] } } },
    ]);
  });

  it('refuses the system together with anybody, and anywhere but on a job', () => {
    @System()
    class Both {
      @Role('admin')
      handle() {}
    }
    class Route {
      @System()
      handle() {}
    }
    expect(problemsOf(Both, 'job')).toEqual(['Both.handle is @System and @Role at once']);
    for (const way of ['route', 'message', 'connection'] as const) {
      expect(problemsOf(Route, way)).toEqual([`Route.handle handles a ${way}, for which @System means nothing`]);
    }
  });

  it('refuses on a job what only a request has, and says what a job without a policy wants', () => {
    class Anonymous {
      @Public()
      @RateLimit(1, '1m')
      handle() {}
    }
    class Recent {
      @Auth({ maxAge: '5m' })
      handle() {}
    }
    class Bare {
      handle() {}
    }
    expect([...problemsOf(Anonymous, 'job')].sort()).toEqual([
      'Anonymous.handle handles a job, for which @Public means nothing',
      'Anonymous.handle handles a job, for which @RateLimit means nothing',
    ]);
    expect(problemsOf(Recent, 'job')).toEqual(['Recent.handle handles a job, which has no session to ask more of']);
    expect(problemsOf(Bare, 'job')).toEqual([
      'Bare.handle declares no access: put @System, @Auth, @Role or @Permission on it',
    ]);
  });

  it('refuses @Owner where no parameter names a resource', () => {
    class Owned {
      @Owner(Object as never)
      handle() {}
    }
    expect(problemsOf(Owned, 'route')).toEqual([]);
    expect(problemsOf(Owned, 'message')).toEqual(['Owned.handle handles a message, for which @Owner means nothing']);
  });

  it('refuses parameters that no admitted call could be given', () => {
    class Nobody {
      @Public()
      handle(@CurrentUser() _me?: unknown) {}
    }
    class Nothing {
      @Auth()
      handle(@Resource() _thing?: unknown) {}
    }
    class Sound {
      @Owner(Object as never)
      handle(@CurrentUser() _me?: unknown, @Resource() _thing?: unknown) {}
    }
    expect(problemsOf(Nobody)).toEqual([
      'Nobody.handle takes @CurrentUser and is @Public: whoever calls it may be nobody',
    ]);
    expect(problemsOf(Nothing)).toEqual(['Nothing.handle takes @Resource and has no @Owner, which would load one']);
    expect(problemsOf(Sound)).toEqual([]);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a limit of %d calls', (limit) => {
    expect(() => RateLimit(limit, '1m')).toThrow('write a whole number from 1');
  });
});

describe('PermissionCatalogue', () => {
  it('refuses a name that is declared twice', () => {
    expect(() => catalogue.add({ 'read:thing': 'again' })).toThrow('declared twice');
  });

  it('refuses names that are not action:resource', () => {
    expect(() => new PermissionCatalogue().add({ ReadThing: '' })).toThrow('must be written action:resource');
  });
});
