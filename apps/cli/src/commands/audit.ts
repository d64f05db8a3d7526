import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  AuditKeys,
  floorId,
  HeadFile,
  type IdRange,
  makePartitions,
  openRows,
  proofFault,
  prove,
  RetirementError,
  readHead,
  retireMonth,
  rowsOf,
  type Seal,
  type TrailSource,
  trailsKeptIn,
  type Verification,
  verifyTrail,
  withDatabaseSource,
} from '@gatehouse/platform/audit';
import { type Configuration, ConfigurationError } from '@gatehouse/platform/config';
import { type Runtime, runCommand, runConfigured, StartError } from '@gatehouse/platform/runtime';
import pg from 'pg';

const usage = `Usage: audit verify [--from TIME] [--to TIME] [--rows FILE] [--keys FILE] [--head FILE]
       audit export FILE [--from TIME] [--to TIME]
       audit prove ID | check FILE [--keys FILE] | keys
       audit maintain | retire YYYY-MM`;

const options = {
  from: { type: 'string' },
  to: { type: 'string' },
  rows: { type: 'string' },
  keys: { type: 'string' },
  head: { type: 'string' },
} as const;

type Given = { readonly [name in keyof typeof options]?: string | undefined };

/** Verifies, exports and maintains the audit trail: see `docs/audit.md`. */
export function audit([action, ...parameters]: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args: [...parameters], options, allowPositionals: true });
  const [subject = ''] = positionals;
  if (action === 'verify') {
    const { rows } = values;
    return rows === undefined ? runCommand((runtime) => verifyStored(runtime, values)) : verifyFile(rows, values);
  }
  if (action === 'check') return runConfigured((configuration) => check(configuration, subject, values));
  if (action === 'keys') return runConfigured(printKeys);
  return runCommand((runtime) => {
    if (action === 'export' && subject !== '') return exportTo(runtime, subject, values);
    if (action === 'prove' && subject !== '') return printProof(runtime, subject);
    if (action === 'maintain') return maintain(runtime);
    if (action === 'retire' && subject !== '') return retire(runtime, subject);
    throw new StartError(usage);
  });
}

async function verifyStored({ configuration, databaseUrl }: Runtime, given: Given): Promise<void> {
  const keys = await keysOf(configuration, given);
  const folder = configuration.AUDIT_HEAD_DIR ?? configuration.DATA_DIR;
  const range = rangeOf(given);
  const found = await withClient(databaseUrl, (client) =>
    withDatabaseSource(client, range, async (source) => {
      const head = await headOf(folder, source, given);
      for (const other of await trailsKeptIn(folder)) {
        if (other !== source.trail)
          throw new StartError(
            `${folder} keeps the last seal of trail ${other}, and the database holds trail ${source.trail}: the trail was replaced as a whole (if you did so, move that file away)`,
          );
      }
      return verifyTrail(source, keys, head);
    }),
  );
  report(found);
}

function verifyFile(rows: string, given: Given): Promise<void> {
  return runConfigured(async (configuration) => {
    const keys = await keysOf(configuration, given);
    const source = await openRows(rows).catch(unreadable(rows));
    const head = given.head === undefined ? undefined : await readHead(given.head).catch(unreadable(given.head));
    report(await verifyTrail(source, keys, head));
  });
}

function report({ trail, entries, seals, unsealed, oldestUnsealed, findings, findingsTotal }: Verification): void {
  process.stdout.write(`Trail ${trail}: ${entries} entries, ${seals} seals\n`);
  if (unsealed > 0) process.stdout.write(`Not sealed yet: ${unsealed} entries, the oldest ${oldestUnsealed} s old\n`);
  for (const { kind, message } of findings) process.stdout.write(`${kind}: ${message}\n`);
  if (findingsTotal > findings.length) process.stdout.write(`… and ${findingsTotal - findings.length} more\n`);
  if (findingsTotal > 0) throw new StartError(`The trail does not hold: ${findingsTotal} findings`);
  process.stdout.write('The trail holds\n');
}

async function exportTo({ databaseUrl }: Runtime, file: string, given: Given): Promise<void> {
  const target = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  await once(target, 'open').catch((error: Error) => {
    throw new StartError(error.message);
  });
  await withClient(databaseUrl, (client) =>
    withDatabaseSource(client, rangeOf(given), async (source) => {
      for await (const line of rowsOf(source)) if (!target.write(line)) await once(target, 'drain');
    }),
  );
  target.end();
  await once(target, 'finish');
}

async function printProof({ databaseUrl }: Runtime, id: string): Promise<void> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw new StartError('An id is a UUID');
  const proof = await withClient(databaseUrl, (client) => prove(client, id));
  if (typeof proof === 'string') throw new StartError(proof);
  process.stdout.write(`${JSON.stringify(proof)}\n`);
}

async function check(configuration: Configuration, file: string, given: Given): Promise<void> {
  if (file === '') throw new StartError(usage);
  const keys = await keysOf(configuration, given);
  const fault = proofFault(await readFile(file, 'utf8').catch(unreadable(file)), keys);
  if (fault !== undefined) throw new StartError(fault);
  process.stdout.write('The entry was sealed as it stands there\n');
}

async function printKeys(configuration: Configuration): Promise<void> {
  const { published } = await AuditKeys.load(configuration).catch(malformed);
  process.stdout.write(`${JSON.stringify({ keys: published })}\n`);
}

async function maintain({ ownerUrl }: Runtime): Promise<void> {
  const made = await makePartitions(needed(ownerUrl));
  process.stdout.write(made.length === 0 ? 'Every month has its partition\n' : `Made: ${made.join(', ')}\n`);
}

async function retire({ configuration, ownerUrl, clock }: Runtime, month: string): Promise<void> {
  const keys = await AuditKeys.load(configuration).catch(malformed);
  const retirement = await withClient(needed(ownerUrl), (client) =>
    retireMonth(client, keys, clock, month).catch((error: unknown) => {
      throw error instanceof RetirementError ? new StartError(error.message) : error;
    }),
  );
  await keepHead(configuration, retirement);
  process.stdout.write(`${month}: ${retirement.entries} entries are dropped; seal ${retirement.number} says so\n`);
}

/** Only over the last seal before it: in the place of any other it would hide what that one proves. */
async function keepHead({ AUDIT_HEAD_DIR, DATA_DIR }: Configuration, seal: Seal): Promise<void> {
  const file = new HeadFile(AUDIT_HEAD_DIR ?? DATA_DIR, seal.trail);
  if ((await file.read())?.number === seal.number - 1) await file.write(seal);
}

function needed(ownerUrl: string | undefined): string {
  if (ownerUrl === undefined) throw new StartError("Set DATABASE_OWNER_URL: only the database's owner may do this");
  return ownerUrl;
}

async function headOf(folder: string, { trail }: TrailSource, given: Given): Promise<Seal | undefined> {
  if (given.head !== undefined) return readHead(given.head).catch(unreadable(given.head));
  const head = await new HeadFile(folder, trail).read();
  if (head === undefined)
    process.stdout.write(`No last seal is kept in ${folder}: a tail that was cut would not show\n`);
  return head;
}

async function keysOf(configuration: Configuration, { keys }: Given): Promise<AuditKeys> {
  const file =
    keys ?? (configuration.AUDIT_KEYS === undefined ? join(configuration.DATA_DIR, 'audit-keys.json') : undefined);
  const text =
    file === undefined ? (configuration.AUDIT_KEYS ?? '') : await readFile(file, 'utf8').catch(unreadable(file));
  try {
    return AuditKeys.parse(text, file ?? 'AUDIT_KEYS');
  } catch (error) {
    return malformed(error);
  }
}

function rangeOf({ from, to }: Given): IdRange | undefined {
  if (from === undefined && to === undefined) return undefined;
  return { from: floorId(momentOf(from ?? '1970-01-01')), to: floorId(momentOf(to ?? '9999-12-31')) };
}

function momentOf(text: string): Date {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) throw new StartError(`"${text}" is no time: write 2026-08-01T00:00:00Z`);
  return moment;
}

function malformed(error: unknown): never {
  throw error instanceof ConfigurationError ? new StartError(error.problems.join(', ')) : error;
}

function unreadable(file: string): (error: Error) => never {
  return (error) => {
    throw new StartError(`${file}: ${error.message}`);
  };
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'gatehouse-audit',
    connectionTimeoutMillis: 5_000,
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
