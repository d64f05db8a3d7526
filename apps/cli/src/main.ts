import 'reflect-metadata';

type Command = (parameters: readonly string[]) => Promise<void>;

/** Each is loaded when it is called: most of them bring the whole application along. */
const commands: Record<string, () => Promise<Command>> = {
  migrate: async () => (await import('./commands/migrate.js')).migrateCommand,
  seed: async () => (await import('./commands/seed.js')).seed,
  token: async () => (await import('./commands/token.js')).token,
  user: async () => (await import('./commands/user.js')).user,
  keys: async () => (await import('./commands/keys.js')).keys,
  access: async () => (await import('./commands/access.js')).access,
  audit: async () => (await import('./commands/audit.js')).audit,
  jobs: async () => (await import('./commands/jobs.js')).jobs,
  generate: async () => (await import('./commands/generate.js')).generate,
};

const [name = '', ...parameters] = process.argv.slice(2);
const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (load === undefined) {
  process.stderr.write(`There is no command "${name}": ${Object.keys(commands).join(', ')}\n`);
  process.exit(1);
}
await (await load())(parameters);
