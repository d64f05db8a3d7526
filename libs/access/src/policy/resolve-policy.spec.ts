import { describe, expect, it } from 'vitest';
import { Auth, Permission, Public, RateLimit, Role } from '../vocabulary/decorators.js';
import { PermissionCatalogue } from '../vocabulary/permissions.js';
import { resolvePolicy } from './resolve-policy.js';

type Controller = new () => { handle: () => void };

const catalogue = new PermissionCatalogue();
catalogue.add({ 'read:thing': 'Read', 'write:thing': 'Write' });

function resolved(controller: Controller) {
  return resolvePolicy(controller as never, controller.prototype.handle, catalogue);
}

function policyOf(controller: Controller) {
  const resolution = resolved(controller);
  if ('problems' in resolution) throw new Error(resolution.problems.join('\n'));
  return resolution.policy;
}

function problemsOf(controller: Controller) {
  const resolution = resolved(controller);
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
    expect(policyOf(Inherited).limits).toEqual([{ limit: 7, windowMs: 60_000, per: 'caller' }]);
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
    const { name: _one, ...one } = policyOf(OneWay);
    const { name: _other, ...other } = policyOf(OtherWay);
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

  it.each([0, -1, 1.5, Number.NaN])('refuses a limit of %d calls', (limit) => {
    expect(() => RateLimit(limit, '1m')).toThrow('write a whole number from 1');
  });
});

describe('PermissionCatalogue', () => {
  it('refuses names that are not action:resource', () => {
    expect(() => new PermissionCatalogue().add({ ReadThing: '' })).toThrow('must be written action:resource');
  });
});
