import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mutants } from './all.js';
import { ProjectCopy, type Verdict } from './project-copy.js';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const options = { jobs: { type: 'string', default: '2' }, list: { type: 'boolean' } } as const;
const { values, positionals } = parseArgs({ options, allowPositionals: true });

/** By the beginning of a name, so that `S6` isn't S60, or by any part of it. */
const wanted = mutants.filter(
  ({ name }) =>
    positionals.length === 0 ||
    positionals.some((text) => (/^S\d+$/.test(text) ? name.startsWith(`${text} `) : name.includes(text))),
);
if (wanted.length === 0) throw new Error('no mutant has such a name');
if (values.list) process.stdout.write(`${wanted.map(({ name }) => name).join('\n')}\n`);
else process.exitCode = (await judgeAll()) ? 0 : 1;

async function judgeAll(): Promise<boolean> {
  const queue = [...wanted];
  const verdicts: Verdict[] = [];
  const work = async () => {
    const copy = await ProjectCopy.open(project);
    try {
      for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
        const verdict = await copy.judge(mutant);
        verdicts.push(verdict);
        tell(verdict);
      }
    } finally {
      await copy.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(Number(values.jobs), wanted.length) }, work));
  const killed = verdicts.filter((verdict) => verdict.killed);
  const alive = verdicts.filter((verdict) => !verdict.killed);
  process.stdout.write(`\n${killed.length} of ${verdicts.length} mutants killed\n`);
  for (const { mutant, because } of alive) process.stdout.write(`alive: ${mutant.name} (${because})\n`);
  return alive.length === 0;
}

function tell({ mutant, killed, because, seconds }: Verdict): void {
  process.stdout.write(`${killed ? 'killed' : 'ALIVE '} ${mutant.name} (${seconds} s)\n         ${because}\n`);
}
