import { Injectable } from '@nestjs/common';
import findMyWay from 'find-my-way';
import { type ServedRoute, ServedRoutes } from './served-routes.js';

export interface MatchedRoute {
  readonly route: ServedRoute;
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

type Method = Parameters<findMyWay.Instance<findMyWay.HTTPVersion.V1>['find']>[0];

/** Finds the route that a request would reach, with the router that the server itself finds it with. */
@Injectable()
export class RouteMatcher {
  private router: findMyWay.Instance<findMyWay.HTTPVersion.V1> | undefined;

  constructor(private readonly served: ServedRoutes) {}

  /** @returns `undefined` where no handler is reached: nothing is served there, or not by that method. */
  match(method: string, path: string): MatchedRoute | undefined {
    if (!isMethod(method)) return undefined;
    this.router ??= this.filled();
    const found = this.router.find(method, path.split('?', 1)[0] ?? '');
    const route = this.served.routes().find((one) => one === found?.store);
    if (route === undefined || found === null) return undefined;
    // Nest answers 404 where a parameter is empty, which the router by itself lets be.
    const empty = Object.entries(found.params).some(([name, value]) => value === '' && name !== '*');
    return empty ? undefined : { route, parameters: found.params };
  }

  private filled() {
    const router = findMyWay();
    for (const route of this.served.routes()) {
      if (isMethod(route.method)) router.on(route.method, route.path, () => undefined, route);
    }
    return router;
  }
}

const methods: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] satisfies Method[];

function isMethod(text: string): text is Method {
  return methods.includes(text);
}
