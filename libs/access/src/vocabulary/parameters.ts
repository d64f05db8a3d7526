import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { accessOf } from '../decision/request-access.js';

function principalOf(_: unknown, context: ExecutionContext) {
  const principal = accessOf(context.switchToHttp().getRequest<object>())?.principal;
  if (principal === undefined) throw new Error('@CurrentUser() stands where nobody is signed in');
  return principal;
}

function resourceOf(_: unknown, context: ExecutionContext) {
  const resource = accessOf(context.switchToHttp().getRequest<object>())?.resource;
  if (resource === undefined) throw new Error('@Resource() stands on a handler without @Owner');
  return resource;
}

/** The caller, as the server knows them at this instant. */
export const CurrentUser = createParamDecorator(principalOf);

/** The resource that `@Owner` loaded to decide. */
export const Resource = createParamDecorator(resourceOf);

/** Which of the two a handler takes. */
export function injectedInto(owner: object, method: string): { principal: boolean; resource: boolean } {
  const metadata: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, owner, method) ?? {};
  const parameters: unknown[] = typeof metadata === 'object' && metadata !== null ? Object.values(metadata) : [];
  const takes = (factory: unknown) =>
    parameters.some((one) => typeof one === 'object' && one !== null && Reflect.get(one, 'factory') === factory);
  return { principal: takes(principalOf), resource: takes(resourceOf) };
}
