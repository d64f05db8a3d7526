import { createHash, sign, verify } from 'node:crypto';
import type { AuditKeys } from './audit-keys.js';
import { canonical } from './encoding.js';

/**
 * A signed statement in the one chain of the trail: a `seal` over entries of one month, or the `retirement` of a month
 * whose entries were dropped, over the hashes of that month's seals.
 */
export interface Seal {
  readonly trail: string;
  /** From 1, without a gap. */
  readonly number: number;
  readonly kind: 'seal' | 'retirement';
  /** `YYYY-MM` of the entries' ids, UTC. */
  readonly month: string;
  /** ISO 8601 with milliseconds, UTC. */
  readonly sealedAt: string;
  readonly entries: number;
  readonly firstId: string;
  readonly lastId: string;
  readonly root: Buffer;
  /** Hash of the seal before; 32 zero bytes for the first one. */
  readonly previous: Buffer;
  readonly kid: string;
  readonly signature: Buffer;
}

export const beginning = Buffer.alloc(32);
const sealForm = 'gatehouse-audit-seal-1';

type Unsigned = Omit<Seal, 'kid' | 'signature'>;

function statementOf(seal: Omit<Seal, 'signature'>): string {
  return canonical(sealForm, [
    seal.trail,
    String(seal.number),
    seal.kind,
    seal.month,
    seal.sealedAt,
    String(seal.entries),
    seal.firstId,
    seal.lastId,
    seal.root.toString('hex'),
    seal.previous.toString('hex'),
    seal.kid,
  ]);
}

/** SHA-256 of the signed statement: what the next seal names as the one before it. */
export function sealHash(seal: Omit<Seal, 'signature'>): Buffer {
  return createHash('sha256').update(statementOf(seal)).digest();
}

/** Signs with EdDSA (RFC 8032, Ed25519). */
export function signed(seal: Unsigned, keys: AuditKeys): Seal {
  const { kid, key } = keys.current;
  return { ...seal, kid, signature: sign(null, Buffer.from(statementOf({ ...seal, kid })), key) };
}

/** What is wrong with the seal by itself; `undefined` when one of the keys signed it. */
export function signatureFault(seal: Seal, keys: AuditKeys): string | undefined {
  const key = keys.find(seal.kid);
  if (key === undefined) return `is signed with the key "${seal.kid}", which is not among those given`;
  const good = verify(null, Buffer.from(statementOf(seal)), key, seal.signature);
  return good ? undefined : 'does not bear a valid signature: it was rewritten';
}

/** A seal as text, for a file, a log line and an answer. */
export interface SealText extends Omit<Seal, 'root' | 'previous' | 'signature'> {
  readonly root: string;
  readonly previous: string;
  readonly signature: string;
}

export function sealText(seal: Seal): SealText {
  const { trail, number, kind, month, sealedAt, entries, firstId, lastId, root, previous, kid, signature } = seal;
  return {
    trail,
    number,
    kind,
    month,
    sealedAt,
    entries,
    firstId,
    lastId,
    root: root.toString('hex'),
    previous: previous.toString('hex'),
    kid,
    signature: signature.toString('base64url'),
  };
}

export function sealOf(text: SealText): Seal {
  return {
    ...text,
    root: Buffer.from(text.root, 'hex'),
    previous: Buffer.from(text.previous, 'hex'),
    signature: Buffer.from(text.signature, 'base64url'),
  };
}
