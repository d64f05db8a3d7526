import { describe, expect, it } from 'vitest';
import { canonicalEmail } from './canonical-email.js';

const forms = (...addresses: string[]) => [...new Set(addresses.map(canonicalEmail))];

describe('canonicalEmail', () => {
  it('is the same for every case and compatibility form of one address', () => {
    expect(forms('Ada@Example.com', ' ada@EXAMPLE.com', 'ａｄａ@example.com', 'ADA@ｅxample.com')).toEqual([
      'ada@example.com',
    ]);
    expect(forms('ada＠example.com', 'ada@example。com')).toEqual(['ada@example.com']);
  });

  it('is the same however the letters are composed', () => {
    expect(forms('zoë@example.com'.normalize('NFC'), 'ZOË@example.com'.normalize('NFD'))).toHaveLength(1);
    expect(forms('ΝΊΚΟΣ@example.gr', 'νίκος@example.gr', 'νίκοσ@example.gr')).toHaveLength(1);
    expect(forms('İpek@example.com', 'i̇pek@example.com')).toHaveLength(1);
  });

  it('has no characters that nobody sees', () => {
    expect(forms('a\u00adda@example.com', 'ada\u200b@example.com', 'a\u2060da@exam\u00adple.com')).toEqual([
      'ada@example.com',
    ]);
  });

  it('writes an international domain in ASCII, however it was written', () => {
    const spellings = [
      'ada@bücher.example',
      'ADA@BÜCHER.example',
      'ada@xn--bcher-kva.example',
      'ada@XN--BCHER-KVA.example',
    ];
    expect(forms(...spellings, 'ada@bu\u0308cher.example')).toEqual(['ada@xn--bcher-kva.example']);
    expect(forms('ada@ΝΊΚΟΣ.example', 'ada@νίκοσ.example')).toHaveLength(1);
  });

  it("leaves the root's dot out", () => {
    expect(forms('ada@example.com.', 'ada@example.com')).toEqual(['ada@example.com']);
  });

  it('keeps a lookalike apart from what it imitates', () => {
    const cyrillic = ['ada@ex\u0430mple.com', '\u0430da@example.com'];
    const otherSigma = ['ada@νίκος.example', 'ada@νίκοσ.example'];
    const others = ['ada@example.com.evil.example', 'ada@examp1e.com', 'ada+1@example.com', 'a.da@example.com'];
    expect(forms('ada@example.com', ...cyrillic, ...otherSigma, ...others)).toHaveLength(9);
  });

  it('keeps what is no address apart as well', () => {
    expect(forms('ab@abc', 'abc', 'ada@xn--a.com', 'ada@xn--b.com', 'ada@', '')).toHaveLength(6);
  });
});
