import { describe, expect, it } from 'vitest';
import { canonicalEmail } from './canonical-email.js';

describe('canonicalEmail', () => {
  it('is the same for every case and compatibility form of one address', () => {
    const variants = ['Ada@Example.com', ' ada@EXAMPLE.com', 'ａｄａ@example.com', 'ADA@ｅxample.com'];
    expect(new Set(variants.map(canonicalEmail))).toEqual(new Set(['ada@example.com']));
  });

  it('keeps a lookalike domain apart from the one it imitates', () => {
    expect(canonicalEmail('ada@exаmple.com')).not.toBe(canonicalEmail('ada@example.com'));
  });

  it('writes an international domain in ASCII', () => {
    expect(canonicalEmail('ada@bücher.example')).toBe('ada@xn--bcher-kva.example');
  });
});
