import type { Api, Person } from '../../kit/api.js';
import { belongings } from '../../kit/belongings.js';

/** Makes what the path of a route names, for the person to own; answers its id. */
export function makeOwned(api: Api, path: string, person: Person): Promise<string> {
  const documented = path.replaceAll(/:(\w+)/g, '{$1}');
  const start = Object.keys(belongings).find((one) => documented === one || documented.startsWith(`${one}/`));
  const make = start === undefined ? undefined : belongings[start];
  if (make !== undefined) return make(api, person);
  throw new Error(`${path} asks for its owner: say in test/kit/belongings.ts how somebody comes by one`);
}
