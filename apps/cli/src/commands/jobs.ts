import { parseArgs } from 'node:util';
import { JobsService } from '@gatehouse/features/jobs';
import { RequestContext } from '@gatehouse/platform/context';
import { isIdentifier, Problem } from '@gatehouse/platform/http';
import { type JobRecord, JobRecords, type JobState, jobStates } from '@gatehouse/platform/jobs';
import { runCommand, StartError } from '@gatehouse/platform/runtime';
import type { INestApplicationContext } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { application } from '../application.js';

const usage = `Usage: jobs list [--state ${jobStates.join('|')}] [--name mail.send] [--limit 50] | jobs retry <id>…`;
const most = 1_000;

/** Shows what lies in the queue and revives dead jobs: `jobs list --state dead`, `jobs retry <id>…`. */
export function jobs([action, ...parameters]: readonly string[]): Promise<void> {
  return runCommand(async (runtime, own) => {
    if (action !== 'list' && action !== 'retry') throw new StartError(usage);
    const app = await application(runtime, own);
    await (action === 'list' ? list(app, parameters) : retry(app, parameters));
  });
}

async function list(app: INestApplicationContext, parameters: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...parameters],
    options: { state: { type: 'string' }, name: { type: 'string' }, limit: { type: 'string', default: '50' } },
  });
  const { state, name } = values;
  const limit = Number(values.limit);
  if (state !== undefined && !isState(state)) throw new StartError(usage);
  if (!Number.isInteger(limit) || limit < 1 || limit > most) throw new StartError(`--limit takes 1 to ${most}`);
  const [records, total] = await app.get(JobRecords).list({ state, name }, 0, limit);
  for (const record of records) process.stdout.write(`${line(record)}\n`);
  process.stdout.write(`${records.length} of ${total}\n`);
}

async function retry(app: INestApplicationContext, ids: readonly string[]): Promise<void> {
  if (ids.length === 0 || !ids.every(isIdentifier)) throw new StartError(usage);
  const service = app.get(JobsService, { strict: false });
  await app.get(RequestContext).run({ requestId: uuidv7(), process: 'jobs retry' }, async () => {
    for (const id of ids) {
      const { name } = await service.retry(id).catch((error: unknown) => {
        throw error instanceof Problem ? new StartError(`${id}: ${error.message}`) : error;
      });
      process.stdout.write(`${id} ${name} is tried once more\n`);
    }
  });
}

function line({ id, state, name, runs, attempts, createdAt, error }: JobRecord): string {
  const told = [id, createdAt.toISOString(), state.padEnd(8), name, `${runs}/${attempts}`];
  return error === null ? told.join('  ') : `${told.join('  ')}  ${error}`;
}

function isState(text: string): text is JobState {
  return jobStates.some((state) => state === text);
}
