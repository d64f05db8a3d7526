import { Controller, Get, Post } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import type { LimitRule } from '../vocabulary/declaration.js';
import { nameLimits, routeName } from './limit-names.js';

@Controller('users/:userId/permissions')
class ThingsController {
  @Post()
  make() {}
  @Get(':permission')
  get() {}
}

@Controller()
class RootController {
  @Get('.well-known/jwks.json')
  keys() {}
}

class AuditGateway {
  subscribeAll() {}
}

const rule = (limit: number, windowMs: number, per: LimitRule['per'] = 'caller') => ({ limit, windowMs, per });
const namesOf = (rules: readonly LimitRule[]) => nameLimits('post-x', rules).map(({ name }) => name);

describe('the name of a route', () => {
  it('is its method and its path', () => {
    expect(routeName(ThingsController, ThingsController.prototype.make)).toBe('post-users-user-id-permissions');
    expect(routeName(ThingsController, ThingsController.prototype.get)).toBe(
      'get-users-user-id-permissions-permission',
    );
    expect(routeName(RootController, RootController.prototype.keys)).toBe('get-well-known-jwks-json');
  });

  it('is that of the handler where HTTP does not lead to it', () => {
    expect(routeName(AuditGateway, AuditGateway.prototype.subscribeAll)).toBe('audit-gateway-subscribe-all');
  });
});

describe('the name of a limit', () => {
  it("is the route's, with what it is counted by where that is not the caller", () => {
    expect(namesOf([rule(5, 60_000)])).toEqual(['post-x']);
    expect(namesOf([rule(5, 60_000, 'account'), rule(30, 60_000, 'address')])).toEqual([
      'post-x-address',
      'post-x-account',
    ]);
  });

  it('tells two windows apart, whatever order they were written in', () => {
    const [minute, day] = [rule(5, 60_000), rule(100, 86_400_000)];
    expect(namesOf([minute, day])).toEqual(['post-x-60s', 'post-x-86400s']);
    expect(nameLimits('post-x', [day, minute])).toEqual(nameLimits('post-x', [minute, day]));
  });
});
