import { describe, expect, it } from 'vitest';
import { presentedCode } from './presented-code.js';
import { newRecoveryCodes } from './recovery-codes.js';

describe('presentedCode', () => {
  it('reads six digits with and without spaces', () => {
    for (const text of ['012345', '012 345', ' 01-23-45 ']) {
      expect(presentedCode(text)).toEqual({ method: 'otp', code: '012345' });
    }
  });

  it('reads a recovery code in any case and grouping', () => {
    for (const text of [
      'ABCD-EFGH-IJKL-MNOP-QRST-2345',
      'abcdefghijklmnopqrst2345',
      ' abcd efgh ijkl mnop qrst 2345',
    ]) {
      expect(presentedCode(text)).toEqual({ method: 'recovery-code', code: 'ABCDEFGHIJKLMNOPQRST2345' });
    }
  });

  it('takes nothing else', () => {
    for (const text of [
      '',
      '12345',
      '1234567',
      '０１２３４５',
      'ABCD-EFGH-IJKL-MNOP-QRST-0189',
      'x'.repeat(24).padEnd(65),
    ]) {
      expect(presentedCode(text)).toBeUndefined();
    }
  });

  it('reads what is handed out: ten codes, all different', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) {
      expect(code).toMatch(/^([A-Z2-7]{4}-){5}[A-Z2-7]{4}$/);
      expect(presentedCode(code)).toEqual({ method: 'recovery-code', code: code.replaceAll('-', '') });
    }
  });
});
