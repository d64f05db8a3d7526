import { Clock } from '@gatehouse/platform/clock';
import { readConfiguration } from '@gatehouse/platform/config';
import { describe, expect, it } from 'vitest';
import { Totp } from './totp.js';

class FixedClock extends Clock {
  constructor(private readonly seconds: number) {
    super();
  }

  override milliseconds(): number {
    return this.seconds * 1_000;
  }
}

const at = (seconds: number, environment: Record<string, string> = {}) =>
  new Totp(new FixedClock(seconds), readConfiguration(environment));

describe('Totp', () => {
  // RFC 6238, appendix B, SHA-1: the secret is the text 12345678901234567890, and six digits are the end of its eight.
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  it.each([
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ])('takes the code of RFC 6238 at %i s', async (seconds, code) => {
    expect(await at(seconds).stepOf(code.slice(2), secret)).toBe(Math.floor(seconds / 30));
  });

  it('takes the code of one step before and after, to the second, and of none beyond', async () => {
    const code = '005924';
    const step = Math.floor(1_234_567_890 / 30);
    const [first, last] = [(step - 1) * 30, (step + 2) * 30 - 1];
    expect(await at(first).stepOf(code, secret)).toBe(step);
    expect(await at(last).stepOf(code, secret)).toBe(step);
    expect(await at(first - 1).stepOf(code, secret)).toBeUndefined();
    expect(await at(last + 1).stepOf(code, secret)).toBeUndefined();
  });

  it('makes secrets of 160 bits, and URIs that name the service by its host', () => {
    const totp = at(0, { PUBLIC_URL: 'https://shop.example:8443' });
    const [one, other] = [totp.newSecret(), totp.newSecret()];
    expect(one).toMatch(/^[A-Z2-7]{32}$/);
    expect(one).not.toBe(other);
    const uri = new URL(totp.uri(one, 'ada+1@example.com'));
    expect([uri.protocol, uri.host, decodeURIComponent(uri.pathname)]).toEqual([
      'otpauth:',
      'totp',
      '/shop.example:ada+1@example.com',
    ]);
    expect(uri.searchParams.get('secret')).toBe(one);
    expect(uri.searchParams.get('issuer')).toBe('shop.example');
  });
});
