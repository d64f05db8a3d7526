import { randomBytes } from 'node:crypto';
import { ScureBase32Plugin } from 'otplib';

const howMany = 10;
// Above 112 bits a plain hash is enough (NIST SP 800-63B-4, section 3.1.2.2), which unlike one under a key of the ring
// still holds when that key is retired.
const bytes = 15;

/** Ten codes of 120 random bits, in base32: 24 characters, in groups of four for whoever writes them down. */
export function newRecoveryCodes(): string[] {
  const base32 = new ScureBase32Plugin();
  return Array.from({ length: howMany }, () => grouped(base32.encode(randomBytes(bytes))));
}

function grouped(code: string): string {
  return code.match(/.{4}/g)?.join('-') ?? code;
}
