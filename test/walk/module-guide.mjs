// Adds the feature of docs/adding-a-module.md to a copy of this project, by what the page says and nothing else, then
// builds the copy, checks its types and boundaries, and runs the page's own tests.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));
const copied = ['apps', 'libs', 'test', 'package.json', 'nest-cli.json', 'vitest.config.ts', '.dependency-cruiser.cjs'];
const named = /^`((?:libs|test)\/[^`\n]+\.ts)`\n\n```ts\n([\s\S]*?)^```$/gm;
const changed = /`((?:libs|test)\/[^`\n]+\.ts)`:\n\n```diff\n([\s\S]*?)^```$/gm;

const copy = mkdtempSync(join(tmpdir(), 'gatehouse-guide-'));
try {
  for (const name of [...copied, 'tsconfig.json', 'tsconfig.build.json'])
    cpSync(join(project, name), join(copy, name), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'));
  follow(readFileSync(join(project, 'docs/adding-a-module.md'), 'utf8'));
  run('npm', ['run', '--silent', 'build']);
  run('npm', ['run', '--silent', 'types']);
  run('npm', ['run', '--silent', 'boundaries']);
  run('npx', ['vitest', 'run', 'wish', 'ownership']);
} finally {
  rmSync(copy, { recursive: true, force: true });
}

/** @param {string} guide */
function follow(guide) {
  const files = [...guide.matchAll(named)];
  if (files.length < 10) throw new Error(`docs/adding-a-module.md names ${files.length} files only`);
  for (const [, path, text] of files) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text);
  }
  const changes = [...guide.matchAll(changed)];
  if (changes.length !== 2) throw new Error(`docs/adding-a-module.md changes ${changes.length} files that are there`);
  for (const [, path, diff] of changes) {
    writeFileSync(join(copy, path), patched(readFileSync(join(copy, path), 'utf8'), diff));
  }
}

/**
 * The text with each `+` line of the diff put behind the line that the diff shows before it.
 *
 * @param {string} text
 * @param {string} diff
 */
function patched(text, diff) {
  const lines = text.split('\n');
  let at = -1;
  for (const line of diff.split('\n')) {
    if (line.startsWith('+')) lines.splice(++at, 0, line.slice(1));
    else if (line.startsWith(' ')) at = lines.indexOf(line.slice(1), Math.max(at, 0));
    if (at < 0 && line.startsWith(' '))
      throw new Error(`the guide's diff expects a line that is not there: ${line.slice(1)}`);
  }
  return lines.join('\n');
}

/**
 * @param {string} command
 * @param {string[]} parameters
 */
function run(command, parameters) {
  execFileSync(command, parameters, { cwd: copy, stdio: 'inherit' });
}
