import { describe, expect, it } from 'vitest';
import { Parcel } from '../../test/policies.js';
import { declarationsOf, entityName } from './declaration.js';
import { Auth, Owner, Permission, Public, RateLimit, Role, System } from './decorators.js';

/** What a decorator says of a handler. */
function saidBy(decorator: MethodDecorator) {
  class Tested {
    @decorator
    handle() {}
  }
  return declarationsOf(Tested.prototype.handle);
}

describe('what a decorator says', () => {
  it.each([
    ['@Public()', Public(), { kind: 'public' }],
    ['@System()', System(), { kind: 'system' }],
    ['@Auth()', Auth(), { kind: 'auth', mfa: false, maxAgeMs: undefined }],
    [
      '@Auth with more of the session',
      Auth({ mfa: true, maxAge: '5m' }),
      { kind: 'auth', mfa: true, maxAgeMs: 300_000 },
    ],
    ['@Role()', Role('admin', 'manager'), { kind: 'role', roles: ['admin', 'manager'] }],
    ['@Permission()', Permission('read:order'), { kind: 'permission', mode: 'any', permissions: ['read:order'] }],
    [
      '@Permission.all()',
      Permission.all('read:order', 'read:user'),
      { kind: 'permission', mode: 'all', permissions: ['read:order', 'read:user'] },
    ],
    ['@RateLimit()', RateLimit(1, '30s'), { kind: 'limit', rule: { limit: 1, windowMs: 30_000, per: 'caller' } }],
    [
      '@RateLimit by address',
      RateLimit(5, '1m', { per: 'address' }),
      { kind: 'limit', rule: { limit: 5, windowMs: 60_000, per: 'address' } },
    ],
    ['@RateLimit.exempt()', RateLimit.exempt(), { kind: 'unlimited' }],
    [
      '@Owner()',
      Owner(Parcel),
      { kind: 'owner', rule: { entity: Parcel, param: 'id', field: 'userId', unless: undefined, hide: false } },
    ],
    [
      '@Owner with everything said',
      Owner(Parcel, { param: 'parcelId', field: 'id', unless: 'read:order', hide: true }),
      { kind: 'owner', rule: { entity: Parcel, param: 'parcelId', field: 'id', unless: 'read:order', hide: true } },
    ],
  ])('%s', (_name, decorator, said) => {
    expect(saidBy(decorator)).toStrictEqual([said]);
  });

  it('is said of a class or of a handler, each by itself, and adds up', () => {
    @Auth()
    class Tested {
      @Role('admin')
      @RateLimit(1, '1m')
      handle() {}

      bare() {}

      @Public()
      get state() {
        return 1;
      }
    }
    const kinds = (subject: object) => declarationsOf(subject).map(({ kind }) => kind);
    expect(kinds(Tested)).toEqual(['auth']);
    expect(kinds(Tested.prototype.handle).sort()).toEqual(['limit', 'role']);
    expect(kinds(Tested.prototype.bare)).toEqual([]);
    expect(kinds(Tested.prototype)).toEqual(['public']);
  });

  it('names the limit that it refuses', () => {
    expect(() => RateLimit(0, '1m')).toThrow('@RateLimit(0): write a whole number from 1');
  });
});

describe('the name of an entity', () => {
  it("is its class's, or what TypeORM is told instead of one", () => {
    expect(entityName(Parcel)).toBe('Parcel');
    expect(entityName('parcels')).toBe('parcels');
  });
});
