import { describe, expect, it } from 'vitest';
import { assertAcceptable } from './password-policy.js';

const ada = { email: 'ada.byron@analytical.example', name: 'Ada Lovelace' };
const verdict = (password: string, owner = ada) =>
  assertAcceptable(password, owner, 'newPassword').then(
    () => 'accepted',
    ({ code, details }) => `${code} ${details.errors[0].field} ${details.errors[0].message}`,
  );

describe('what a new password may not be', () => {
  it.each(['password', 'Password', 'PASSWORD1', '12345678', 'qwertyuiop', 'ｔｒｕｓｔｎｏ１', 'iloveyou', '11111111'])(
    'is a common one: %s',
    async (password) => {
      expect(await verdict(password)).toMatch(/^VALIDATION_FAILED newPassword is one of the passwords/);
    },
  );

  it.each([
    'ada.byron@analytical.example',
    'ADA.BYRON@ANALYTICAL.EXAMPLE',
    'ada.byron',
    'adabyron1815',
    'Ada_Byron!',
    'Ada Lovelace',
    'AdaLovelace',
    'ａｄａｌｏｖｅｌａｃｅ',
    'Lovelace!',
    'Lovelace10121815',
    '!!!!!ada',
    '12-lovelace-34',
    'gatehouse1',
  ])("is the owner's own: %s", async (password) => {
    expect(await verdict(password)).toMatch(/^VALIDATION_FAILED newPassword is too close/);
  });

  it('is a number that is the whole local part', async () => {
    const owner = { email: '20240731@numbers.example', name: 'N' };
    expect(await verdict('20240731', owner)).toContain('too close');
    expect(await verdict('20240732', owner)).toBe('accepted');
  });

  it.each([
    'correct horse battery',
    'Lovelace wrote the first program',
    'ada 4827-1193-5502-6617',
    'aaaaaaaabbbbbbbb',
    '密碼密碼密碼密碼',
    '😀😃😄😁😆😅🤣😂',
    '4827 1193 5502',
    ':-) ;-) :-/ ;o)',
  ])('is nothing else: %s', async (password) => {
    expect(await verdict(password)).toBe('accepted');
  });

  it('takes an owner without letters for nobody', async () => {
    expect(await verdict('--------==', { email: '@', name: ' ' })).toBe('accepted');
  });
});
