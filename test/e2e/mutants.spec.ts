import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mutants } from '../mutants/all.js';
import { lineOf, mutated } from '../mutants/mutant.js';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('the list of mutants', () => {
  it('finds what each takes out exactly once in what is built', () => {
    for (const mutant of mutants) expect(mutated(mutant, read(mutant.file))).not.toBe(read(mutant.file));
  });

  it('names suites that there are, with a test of the line that it belongs to', () => {
    for (const mutant of mutants) {
      const line = lineOf(mutant) ?? '';
      const tested = mutant.suites.some((suite) => new RegExp(`\\b(?:it|describe)\\b.*${line}\\b`).test(read(suite)));
      expect([mutant.name, tested]).toEqual([mutant.name, true]);
    }
  });

  it('has each by a name of its own', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });
});
