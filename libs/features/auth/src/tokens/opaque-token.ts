import { createHash, createHmac, randomBytes } from 'node:crypto';

/** A secret to be handed out: 256 random bits; only its hash is ever stored. */
export function newOpaqueToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What such a secret looks like. */
export const opaqueToken = /^[A-Za-z0-9_-]{43}$/;

/** What the database keeps of a token. It is random, so that a plain hash can't be searched backwards. */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The successor of a refresh token: reproducible by whoever has the key and the token, and by nobody from the database. */
export function successorToken(key: Buffer, token: string): string {
  return createHmac('sha256', key).update(token).digest('base64url');
}
