const section = /^## A walk with curl$([\s\S]*?)(?=^## )/m;
const fence = /^```bash\n([\s\S]*?)^```$/gm;

/**
 * The walk of README.md: its `bash` blocks in order, each with what the text above it promises in bold. A bold
 * number of three digits is a status; any other bold text is to be found in what the block prints.
 *
 * @param {string} readme
 * @returns {{ name: string, script: string, statuses: string[], texts: string[] }[]}
 */
export function walkOf(readme) {
  const text = section.exec(readme)?.[1];
  if (text === undefined) throw new Error('README.md has no section "A walk with curl"');
  const steps = [];
  let from = 0;
  for (const { 0: block, 1: script, index } of text.matchAll(fence)) {
    const prose = text.slice(from, index).replaceAll('\n', ' ');
    from = index + block.length;
    const [, number, title] = /\*\*(\d+)\. ([^*:.]*)/.exec(prose) ?? [];
    const bold = [...prose.matchAll(/\*\*([^*]+)\*\*/g)].map(([, said]) => said);
    const promised = bold.flatMap((said) =>
      said.startsWith(`${number}. `) ? (said.match(/\b\d{3}(?=\.?$)/) ?? []) : [said],
    );
    steps.push({
      name: number === undefined ? 'preparation' : `step ${number} (${title})`,
      script,
      statuses: promised.filter(isStatus),
      texts: number === undefined ? [] : promised.filter((said) => !isStatus(said)),
    });
  }
  if (steps.length < 2) throw new Error('The walk of README.md has no bash blocks');
  return steps;
}

/** @param {string} said */
function isStatus(said) {
  return /^\d{3}$/.test(said);
}
