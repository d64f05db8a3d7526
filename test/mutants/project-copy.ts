import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineOf, type Mutant, mutated } from './mutant.js';

const copied = ['apps', 'dist', 'docs', 'libs', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
const longestMs = 300_000;

interface Test {
  readonly name: string;
  readonly passed: boolean;
}

export interface Verdict {
  readonly mutant: Mutant;
  readonly killed: boolean;
  /** The test that noticed, or why none counts as having noticed. */
  readonly because: string;
  readonly seconds: number;
}

/** A copy of the built project to mutate and to run suites in; what it runs on is the project's own. */
export class ProjectCopy {
  private readonly baselines = new Map<string, number>();

  private constructor(private readonly folder: string) {}

  static async open(project: string): Promise<ProjectCopy> {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-mutants-'));
    for (const name of copied) await cp(join(project, name), join(folder, name), { recursive: true });
    await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
    return new ProjectCopy(folder);
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Whether the suites notice the mutant, having passed without it. */
  async judge(mutant: Mutant): Promise<Verdict> {
    const begun = Date.now();
    const verdict = (killed: boolean, because: string): Verdict => {
      return { mutant, killed, because, seconds: Math.round((Date.now() - begun) / 1_000) };
    };
    const file = join(this.folder, mutant.file);
    const original = await readFile(file, 'utf8');
    const changed = mutated(mutant, original);
    if ((await this.passingBefore(mutant)) === 0) return verdict(false, 'its suites are not green without it');
    await writeFile(file, changed);
    try {
      const tests = await this.run(mutant);
      const red = tests.find(({ passed }) => !passed);
      if (red !== undefined) return verdict(true, red.name);
      // A suite that can't even begin has noticed nothing of what its tests are about.
      return verdict(false, tests.length === 0 ? 'its suites do not begin' : `${tests.length} tests stay green`);
    } finally {
      await writeFile(file, original);
    }
  }

  /** How many tests pass without the mutant; 0 where one fails. */
  private async passingBefore(mutant: Mutant): Promise<number> {
    const key = [lineOf(mutant), ...mutant.suites].join(' ');
    const known = this.baselines.get(key);
    if (known !== undefined) return known;
    const tests = await this.run(mutant);
    const passing = tests.every(({ passed }) => passed) ? tests.length : 0;
    this.baselines.set(key, passing);
    return passing;
  }

  /** Runs those tests of the mutant's suites that are about its line, up to the first that fails. */
  private async run(mutant: Mutant): Promise<Test[]> {
    const report = join(this.folder, 'report.json');
    await rm(report, { force: true });
    const line = lineOf(mutant);
    const projects = new Set(mutant.suites.map((suite) => /^test\/(\w+)\//.exec(suite)?.[1] ?? 'unit'));
    await this.vitest([
      'run',
      ...mutant.suites,
      ...[...projects].flatMap((project) => ['--project', project]),
      ...(line === undefined ? [] : ['--testNamePattern', `\\b${line}\\b`]),
      '--bail=1',
      '--reporter=json',
      `--outputFile=${report}`,
    ]);
    const text = await readFile(report, 'utf8').catch(() => '{"testResults":[]}');
    const { testResults }: Report = JSON.parse(text);
    return testResults.flatMap(({ assertionResults }) =>
      assertionResults
        .filter(({ status }) => status === 'passed' || status === 'failed')
        .map(({ fullName, status }) => ({ name: fullName, passed: status === 'passed' })),
    );
  }

  private vitest(parameters: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [join(this.folder, 'node_modules/vitest/vitest.mjs'), ...parameters], {
        cwd: this.folder,
        stdio: 'ignore',
        timeout: longestMs,
        killSignal: 'SIGKILL',
      });
      child.on('error', reject);
      child.on('exit', () => resolve());
    });
  }
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}
