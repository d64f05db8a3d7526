import { parseArgs } from 'node:util';
import { defaultLeadMs, keyFilePath, newKeyId, newKeySet, parseKeySet, rotated } from '@gatehouse/features/auth';
import { newAuditKeys } from '@gatehouse/platform/audit';
import { type Configuration, ConfigurationError, parseDuration } from '@gatehouse/platform/config';
import { RequestContext } from '@gatehouse/platform/context';
import { runCommand, runConfigured, StartError } from '@gatehouse/platform/runtime';
import { EncryptedColumns, newRing, replaceSecret } from '@gatehouse/platform/secrets';
import { v7 as uuidv7 } from 'uuid';
import { application } from '../application.js';

const usage = 'Usage: keys generate | rotate [--lead 10m] | rotate --now | reencrypt';

/** Makes, rotates and retires keys: `keys generate`, `keys rotate [--lead 10m | --now]`, `keys reencrypt`. */
export async function keys([action, ...parameters]: readonly string[]): Promise<void> {
  if (action === 'reencrypt') return reencrypt();
  if (action === 'generate') return generate();
  await runConfigured((configuration) => {
    if (action !== 'rotate') throw new StartError(usage);
    return rotate(configuration, parameters);
  });
}

/** Prints the lines that a fresh installation needs; everything else about it may still be missing. */
async function generate(): Promise<void> {
  const now = new Date();
  process.stdout.write(
    `JWT_KEYS=${JSON.stringify(await newKeySet(now))}\nENCRYPTION_KEYS=${newRing(newKeyId(now))}\nAUDIT_KEYS=${newAuditKeys(newKeyId(now))}\n`,
  );
}

async function rotate(configuration: Configuration, parameters: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...parameters],
    options: { now: { type: 'boolean', default: false }, lead: { type: 'string' } },
  });
  if (values.now && values.lead !== undefined) throw new StartError(`--now has no lead. ${usage}`);
  const lead = values.lead === undefined ? defaultLeadMs : duration(values.lead);
  const now = new Date();
  const change = async (text: string, source: string) =>
    JSON.stringify(values.now ? await newKeySet(now) : await rotated(parseKeySet(text, source), now, lead));
  const effect = values.now
    ? 'The new key signs at once and the others are refused'
    : `The new key signs from ${new Date(now.getTime() + lead).toISOString()}; the others verify until what they signed has expired`;
  const { JWT_KEYS: text } = configuration;
  if (text === undefined) {
    const path = keyFilePath(configuration);
    await replaceSecret(path, (existing) => change(existing, path)).catch(inOneLine);
    process.stdout.write(`${effect}; running processes read ${path} within seconds\n`);
    return;
  }
  const fresh = await change(text, 'JWT_KEYS').catch(inOneLine);
  process.stdout.write(`JWT_KEYS=${fresh}\n`);
  const due = values.now ? 'at once: until then the others are accepted' : 'before that';
  process.stderr.write(`${effect}. Put this in the place of JWT_KEYS and restart every process ${due}.\n`);
}

function reencrypt(): Promise<void> {
  return runCommand(async (runtime, own) => {
    const app = await application(runtime, own);
    const columns = await app
      .get(RequestContext)
      .run({ requestId: uuidv7(), process: 'keys reencrypt' }, () => app.get(EncryptedColumns).reencrypt());
    for (const { column, rows } of columns) process.stdout.write(`${column}: ${rows} rows encrypted anew\n`);
    if (columns.length === 0) process.stdout.write('Nothing in the database is encrypted\n');
    const failed = columns.flatMap(({ column, failures }) => failures.map((why) => `${column} has rows ${why}`));
    if (failed.length > 0) throw new StartError(failed.join('\n'));
  });
}

function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new StartError(`--lead: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What keeps a key file from being replaced is for whoever runs the command, and no stack tells them more. */
function inOneLine(error: unknown): never {
  if (error instanceof ConfigurationError) throw new StartError(error.problems.join(', '));
  throw error instanceof Error ? new StartError(error.message) : error;
}
