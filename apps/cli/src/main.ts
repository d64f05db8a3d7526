import 'reflect-metadata';
import { access } from './commands/access.js';
import { generate } from './commands/generate.js';
import { jobs } from './commands/jobs.js';
import { keys } from './commands/keys.js';
import { migrateCommand } from './commands/migrate.js';
import { seed } from './commands/seed.js';
import { token } from './commands/token.js';
import { user } from './commands/user.js';

const commands: Record<string, (parameters: readonly string[]) => Promise<void>> = {
  migrate: migrateCommand,
  seed,
  token,
  user,
  keys,
  access,
  jobs,
  generate,
};

const [name = '', ...parameters] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command === undefined) {
  process.stderr.write(`There is no command "${name}": ${Object.keys(commands).join(', ')}\n`);
  process.exit(1);
}
await command(parameters);
