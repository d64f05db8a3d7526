import { type ExecutionContext, Param } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { describe, expect, it } from 'vitest';
import { principalOf, signedInAt } from '../../test/policies.js';
import { rememberAccess } from '../decision/request-access.js';
import { CurrentUser, injectedInto, Resource } from './parameters.js';

describe('injectedInto', () => {
  class Tested {
    both(@Param('id') _id: string, @CurrentUser() _me: unknown, @Resource() _thing: unknown) {}
    caller(@CurrentUser() _me: unknown) {}
    thing(@Resource() _thing: unknown) {}
    other(@Param('id') _id: string) {}
    none() {}
  }

  it.each([
    ['both', { principal: true, resource: true }],
    ['caller', { principal: true, resource: false }],
    ['thing', { principal: false, resource: true }],
    ['other', { principal: false, resource: false }],
    ['none', { principal: false, resource: false }],
  ])('tells which of the two a handler takes: %s', (method, takes) => {
    expect(injectedInto(Tested, method)).toEqual(takes);
  });
});

describe('a parameter that nothing was found out for', () => {
  class Tested {
    caller(@CurrentUser() _me: unknown) {}
    thing(@Resource() _thing: unknown) {}
  }

  /** Asks for the parameter as Nest does when it calls the handler. */
  function ask(method: 'caller' | 'thing', request: object): unknown {
    const metadata: Record<string, { factory: (data: undefined, context: ExecutionContext) => unknown }> =
      Reflect.getMetadata(ROUTE_ARGS_METADATA, Tested, method);
    const [parameter] = Object.values(metadata);
    return parameter?.factory(undefined, new ExecutionContextHost([request]));
  }

  it('fails the call, and says which decorator stands where it means nothing', () => {
    expect(() => ask('caller', {})).toThrow('@CurrentUser() stands where nobody is signed in');
    expect(() => ask('thing', {})).toThrow('@Resource() stands on a handler without @Owner');
  });

  it('fails for the resource alone where only the caller is known', () => {
    const request = {};
    const principal = principalOf();
    const credential = { userId: 'u', sessionId: 's', expiresAt: signedInAt, ambient: false };
    rememberAccess(request, { principal, credential });
    expect(ask('caller', request)).toBe(principal);
    expect(() => ask('thing', request)).toThrow('@Resource() stands');
  });
});
