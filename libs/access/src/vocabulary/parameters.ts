import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { accessOf } from '../decision/request-access.js';

/** The caller, as the server knows them at this instant. */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const principal = accessOf(context.switchToHttp().getRequest<object>())?.principal;
  if (principal === undefined)
    throw new Error('@CurrentUser() stands on a handler whose policy admits anonymous callers');
  return principal;
});

/** The resource that `@Owner` loaded to decide. */
export const Resource = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const resource = accessOf(context.switchToHttp().getRequest<object>())?.resource;
  if (resource === undefined) throw new Error('@Resource() stands on a handler without @Owner');
  return resource;
});
