import { domainToASCII } from 'node:url';

/**
 * One form for all spellings of an address that are one account: Unicode compatibility forms folded (NFKC), case
 * ignored, the domain in its ASCII form, so that a lookalike domain stays another one.
 */
export function canonicalEmail(address: string): string {
  const folded = address.trim().normalize('NFKC').toLowerCase();
  const at = folded.lastIndexOf('@');
  const domain = domainToASCII(folded.slice(at + 1));
  return `${folded.slice(0, at)}@${domain}`;
}
