let loaded: Promise<ReadonlySet<string>> | undefined;

/**
 * Whether the password, in lower case, is among the 49,000 that are guessed first. Known offline from a package, which is
 * loaded when the first password is chosen: a process that never sees one doesn't pay for it.
 */
export async function isCommonPassword(password: string): Promise<boolean> {
  loaded ??= load().catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  return (await loaded).has(password);
}

async function load(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  // The shorter ones are refused for their length.
  return new Set(dictionary['passwords-common'].filter((common) => common.length >= 8));
}
