import type { Credential } from './ports.js';
import type { Principal } from './principal.js';

/** What the guards found out about a request, for the handler's parameters. */
export interface RequestAccess {
  readonly principal: Principal;
  readonly credential: Credential;
  readonly resource?: object;
}

const accessByRequest = new WeakMap<object, RequestAccess>();

export function accessOf(request: object): RequestAccess | undefined {
  return accessByRequest.get(request);
}

export function rememberAccess(request: object, access: RequestAccess): void {
  accessByRequest.set(request, access);
}
