import { createHash } from 'node:crypto';
import { Problem } from '@gatehouse/platform/http';

const fingerprintBytes = 8;
const idBytes = 16;

/** Where the next page begins, bound to the list that it is of: eight bytes of the filter's hash and the last id. */
export function cursorAfter(id: string, filter: object): string {
  return Buffer.concat([fingerprint(filter), Buffer.from(id.replaceAll('-', ''), 'hex')]).toString('base64url');
}

/**
 * The id that a page begins after.
 * @throws Problem VALIDATION_FAILED when it is no cursor, or one of another list.
 */
export function idOf(cursor: string, filter: object): string {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.length !== fingerprintBytes + idBytes) throw refused('is malformed');
  if (!bytes.subarray(0, fingerprintBytes).equals(fingerprint(filter))) throw refused('is of another list');
  const hex = bytes.subarray(fingerprintBytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function fingerprint(filter: object): Buffer {
  const said = Object.entries(filter).filter(([, value]) => value !== undefined);
  const text = JSON.stringify(said.sort(([one], [other]) => (one < other ? -1 : 1)));
  return createHash('sha256').update(text).digest().subarray(0, fingerprintBytes);
}

function refused(message: string): Problem {
  return new Problem('VALIDATION_FAILED', { errors: [{ field: 'cursor', message }] });
}
