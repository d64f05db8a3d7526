import { parseArgs } from 'node:util';
import { filtered, matrixOf, matrixTable } from '@gatehouse/access';
import { runCommand, StartError } from '@gatehouse/platform/runtime';
import { servedApplication } from '../served-application.js';

const options = { json: { type: 'boolean' }, role: { type: 'string' }, path: { type: 'string' } } as const;

/** Prints who may call what, by the roles of this database: `access --role manager --path /api/orders --json`. */
export function access(parameters: readonly string[]): Promise<void> {
  return runCommand(async (runtime, own) => {
    const { json, role, path } = parseArgs({ args: [...parameters], options }).values;
    const matrix = await matrixOf(await servedApplication(runtime, own));
    if (role !== undefined && !matrix.roles.some(({ name }) => name === role))
      throw new StartError(`There is no role "${role}": ${matrix.roles.map(({ name }) => name).join(', ')}`);
    const shown = filtered(matrix, { role, path });
    if (shown.routes.length === 0) throw new StartError('No route fits');
    process.stdout.write(`${json ? JSON.stringify(shown, null, 2) : matrixTable(shown)}\n`);
  });
}
