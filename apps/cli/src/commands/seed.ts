import { parseArgs } from 'node:util';
import { DemoService } from '@gatehouse/features/demo';
import { runCommand, StartError } from '@gatehouse/platform/runtime';
import { application } from '../application.js';

const most = 100_000;

/** Makes the demo personas where the database is empty, and adds products: `seed --products 500`. */
export function seed(parameters: readonly string[]): Promise<void> {
  return runCommand(async (runtime, own) => {
    const { values } = parseArgs({ args: [...parameters], options: { products: { type: 'string', default: '50' } } });
    const count = Number(values.products);
    if (!Number.isInteger(count) || count < 0 || count > most) throw new StartError(`--products takes 0 to ${most}`);
    const demo = (await application(runtime, own)).get(DemoService, { strict: false });
    const made = await demo.prepare();
    await demo.addProducts(count);
    process.stdout.write(`${made ? `Personas: ${demo.file}\n` : ''}Products added: ${count}\n`);
  });
}
