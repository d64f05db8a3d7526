/** The project with one defence taken out, which a suite must notice. */
export interface Mutant {
  /** What is taken out; begins with the line of security.md that it belongs to, if there is one: `S6 …`. */
  readonly name: string;
  /** The built file that is changed (`dist/libs/…js`), or a source where a unit suite is to notice (`libs/…ts`). */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Where a test must turn red: one that names the line, where the mutant does. */
  readonly suites: readonly string[];
}

/** The line of security.md that the mutant belongs to. */
export function lineOf({ name }: Mutant): string | undefined {
  return /^S\d+(?= )/.exec(name)?.[0];
}

/** The mutated text. */
export function mutated({ name, file, find, replace }: Mutant, text: string): string {
  const places = text.split(find).length - 1;
  if (places !== 1) throw new Error(`"${name}": ${file} has its text ${places} times instead of once`);
  return text.replace(find, () => replace);
}
