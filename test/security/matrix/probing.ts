import { v7 as uuidv7 } from 'uuid';
import type { Api, Person } from '../../kit/api.js';
import { type Answer, send } from '../../kit/http-client.js';
import type { Caller } from './callers.js';
import type { Route } from './committed.js';
import { type Expected, expected, type Named } from './expectation.js';

const malformed = ['1', 'me', 'undefined', '00000000-0000-0000-0000-000000000000', "'or'1'='1"];
const atOnce = 16;

/** Sends probes to one application, counts them, and says which were not answered as the matrix says. */
export class Probing {
  cells = 0;
  private readonly made = new Map<string, Promise<string>>();

  /** `make` makes what the route names, for the person to own, and answers its id. */
  constructor(
    private readonly api: Api,
    private readonly stranger: Person,
    private readonly make: (route: Route, owner: Person) => Promise<string>,
  ) {}

  /** Every caller against the route, and against each thing that it could name where it asks whose that is. */
  async all(route: Route, callers: readonly Caller[]): Promise<string[]> {
    const names: readonly Named[] = route.owner === null ? [] : ['own', 'foreign', 'absent', 'malformed'];
    const cells = callers.flatMap((caller): { caller: Caller; named?: Named }[] => {
      const possible = names.filter((named) => named !== 'own' || caller.person !== undefined);
      return possible.length === 0 ? [{ caller }] : possible.map((named) => ({ caller, named }));
    });
    const wrong: string[] = [];
    for (let from = 0; from < cells.length; from += atOnce) {
      const batch = cells.slice(from, from + atOnce);
      wrong.push(...(await Promise.all(batch.map(({ caller, named }) => this.one(route, caller, named)))).flat());
    }
    return wrong;
  }

  /** One cell; answers what is wrong with the answer, nothing where it is as expected. */
  async one(route: Route, caller: Caller, named?: Named): Promise<string[]> {
    const want = expected(route, caller, named);
    const answer = await this.call(route, caller, named);
    const faults = misfits(route, caller, want, answer);
    return faults.map((fault) => `${caller.label}${named === undefined ? '' : `, ${named}`}: ${fault}`);
  }

  async call(route: Route, { token, person }: Caller, named?: Named): Promise<Answer> {
    const { owner, method } = route;
    this.cells += 1;
    const id = owner === null ? uuidv7() : await this.idOf(route, named, person);
    // What else the address holds is the handler's to look at, which no probe comes to.
    const path = route.path.replaceAll(/:(\w+)/g, (_, name) => (name === owner?.param ? id : uuidv7()));
    return send(`${this.api.url}${path}`, method, { token, headers: { 'x-probe': 'yes' } });
  }

  private async idOf(route: Route, named: Named | undefined, person: Person | undefined): Promise<string> {
    if (named === 'malformed') return encodeURIComponent(malformed[this.cells % malformed.length] ?? '');
    if (named === 'own' && person !== undefined) return this.resource(route, person);
    return named === 'foreign' ? this.resource(route, this.stranger) : uuidv7();
  }

  private resource(route: Route, person: Person): Promise<string> {
    const key = `${route.owner?.entity} ${person.id}`;
    const made = this.made.get(key) ?? this.make(route, person);
    this.made.set(key, made);
    return made;
  }
}

/** What differs between what should have come and what came. */
function misfits(route: Route, { credential }: Caller, want: Expected, { status, headers, body }: Answer): string[] {
  const reached = headers.get('x-reached');
  if (want.status === 'reached') {
    return reached === route.handler && status < 400
      ? []
      : [`expected ${route.handler}, got ${status} ${reached ?? ''}`];
  }
  const faults: string[] = [];
  const check = (what: string, is: unknown, should: unknown) => {
    if (JSON.stringify(is) !== JSON.stringify(should)) {
      faults.push(`${what} is ${JSON.stringify(is)} instead of ${JSON.stringify(should)}`);
    }
  };
  check('status', status, want.status);
  check('handler', reached, null);
  check('required', sorted(body?.required), sorted(want.required));
  check('type', headers.get('content-type'), 'application/problem+json; charset=utf-8');
  check('caching', headers.get('cache-control'), 'no-store');
  const challenge = `Bearer realm="gatehouse"${credential === 'none' ? '' : ', error="invalid_token"'}`;
  check('challenge', headers.get('www-authenticate'), want.status === 401 ? challenge : null);
  return faults;
}

/** The order of an object's fields says nothing. */
function sorted(value: object | undefined): [string, unknown][] | undefined {
  return value && Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
}
