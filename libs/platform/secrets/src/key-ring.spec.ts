import { ConfigurationError } from '@gatehouse/platform/config';
import { describe, expect, it } from 'vitest';
import { DecryptionError, KeyRing, newRing } from './key-ring.js';

const [one, other] = [newRing('one'), newRing('other')];
const context = 'second factor of 0199b6a2';

describe('KeyRing', () => {
  const ring = KeyRing.parse(one);

  it.each(['', 'JBSWY3DPEHPK3PXP', 'Grüße', 'x'.repeat(10_000)])('gives back what it encrypted (%#)', (plaintext) => {
    expect(ring.decrypt(ring.encrypt(plaintext, context), context).toString()).toBe(plaintext);
    expect(ring.decrypt(ring.encrypt(Buffer.from(plaintext), context), context)).toEqual(Buffer.from(plaintext));
  });

  it('writes the id of the key beside a nonce of 96 bits, the ciphertext and a tag of 128', () => {
    const [id, ...parts] = ring.encrypt('secret', context).split(':');
    expect(id).toBe('one');
    expect(parts.map((part) => Buffer.from(part, 'base64url').length)).toEqual([12, 6, 16]);
  });

  it('takes a fresh nonce each time', () => {
    const texts = Array.from({ length: 1_000 }, () => ring.encrypt('secret', context));
    expect(new Set(texts.map((text) => text.split(':')[1])).size).toBe(1_000);
  });

  it('refuses a text of which any character was changed, left out or added', () => {
    const text = ring.encrypt('secret', context);
    for (let index = 'one:'.length; index < text.length; index += 1) {
      const changed = text[index] === 'A' ? 'B' : 'A';
      for (const middle of [changed, '', `${text[index]}A`, '=', '*']) {
        const tampered = text.slice(0, index) + middle + text.slice(index + 1);
        expect(() => ring.decrypt(tampered, context), tampered).toThrow(DecryptionError);
      }
    }
  });

  it('refuses a shortened tag, which would be quicker to guess', () => {
    const [id, nonce, ciphertext, tag = ''] = ring.encrypt('secret', context).split(':');
    const short = Buffer.from(tag, 'base64url').subarray(0, 4).toString('base64url');
    expect(() => ring.decrypt([id, nonce, ciphertext, short].join(':'), context)).toThrow(DecryptionError);
  });

  it('refuses a text that was moved to another place', () => {
    const text = ring.encrypt('secret', context);
    expect(() => ring.decrypt(text, 'second factor of 0199b6a3')).toThrow(DecryptionError);
    expect(() => ring.decrypt(text, '')).toThrow(DecryptionError);
  });

  it.each(['', 'secret', ':::', 'one:::', 'one:AAAA:AAAA:AAAA'])('refuses %j, which it never wrote', (text) => {
    expect(() => ring.decrypt(text, context)).toThrow('not encrypted');
  });

  it('reads after a rotation what the old key wrote, and writes with the new one', () => {
    const old = ring.encrypt('secret', context);
    const rotated = KeyRing.parse(`${other},${one}`);
    expect(rotated.decrypt(old, context).toString()).toBe('secret');
    expect(rotated.isCurrent(old)).toBe(false);
    const fresh = rotated.encrypt('secret', context);
    expect(fresh).toMatch(/^other:/);
    expect(rotated.isCurrent(fresh)).toBe(true);
    expect(KeyRing.parse(other).decrypt(fresh, context).toString()).toBe('secret');
  });

  it('names the key that it lacks', () => {
    const text = KeyRing.parse(other).encrypt('secret', context);
    expect(() => ring.decrypt(text, context)).toThrow(
      'encrypted with the key "other", which is not in ENCRYPTION_KEYS',
    );
  });

  it('refuses what another key of the same id wrote', () => {
    const text = KeyRing.parse(newRing('one')).encrypt('secret', context);
    expect(() => ring.decrypt(text, context)).toThrow(DecryptionError);
  });

  it.each(['', 'x', 'one:AAAA', `${one},`, `${one},${newRing('one')}`, 'o:ne:x'])(
    'is not made of a malformed text (%#)',
    (text) => {
      expect(() => KeyRing.parse(text)).toThrow(ConfigurationError);
    },
  );
});
