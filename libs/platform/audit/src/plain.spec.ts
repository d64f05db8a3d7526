import { describe, expect, it } from 'vitest';
import { plain } from './plain.js';

describe('plain', () => {
  it('takes from every text what forges lines or cannot be stored', () => {
    expect(plain('a\r\nb\u0000c\u2028d\u0085e')).toBe('a  b c d e');
    expect(plain({ agent: ['x\ny', { deep: '\ud800' }] })).toEqual({ agent: ['x y', { deep: '\ufffd' }] });
  });

  it('cuts a text at 300 characters, and leaves no half of one', () => {
    expect(plain('x'.repeat(100_000))).toHaveLength(300);
    expect(plain(`${'x'.repeat(299)}😀`).isWellFormed()).toBe(true);
  });

  it('makes text of a number that JSON has no form for', () => {
    expect(plain({ big: 2n ** 64n })).toEqual({ big: '18446744073709551616' });
  });

  it('leaves alone what is no text', () => {
    const at = new Date(0);
    expect(plain({ n: 1, b: true, none: null, at })).toEqual({ n: 1, b: true, none: null, at });
  });
});
