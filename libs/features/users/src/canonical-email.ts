import { domainToASCII } from 'node:url';

/**
 * One form for all spellings of an address that are one account: in front of the @ Unicode compatibility forms, case and
 * characters that nobody sees are folded (much as NFKC_Casefold does), behind it stands the domain's ASCII form (UTS #46)
 * without the root's dot, so that a lookalike domain stays another one.
 */
export function canonicalEmail(address: string): string {
  const text = address.trim().normalize('NFKC');
  const at = text.lastIndexOf('@');
  if (at === -1) return fold(text);
  const domain = text.slice(at + 1);
  // What has no ASCII form is no domain, and stays apart from every other that has none.
  return `${fold(text.slice(0, at))}@${(domainToASCII(domain) || domain.toLowerCase()).replace(/\.$/, '')}`;
}

function fold(text: string): string {
  const visible = text.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '');
  // Lower case has two letters sigma, by place in the word; the fold has one.
  return visible.toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
}
