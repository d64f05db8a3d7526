import { describe, expect, it } from 'vitest';
import { rotated } from './key-rotation.js';
import { type KeySet, newKeySet, parseKeySet } from './key-set.js';

const now = new Date('2026-03-01T12:00:00.000Z');
const seconds = now.getTime() / 1_000;
const minutes = (count: number) => seconds + count * 60;
const timesOf = ({ keys }: KeySet) => keys.map(({ kid, nbf, exp }) => ({ kid, nbf, exp }));

describe('a rotation', () => {
  it('puts a key in front that signs later, and lets the old one verify for a lifetime and a minute after that', async () => {
    const before = await newKeySet(now);
    const after = await rotated(before, now);
    const [fresh, old] = after.keys;
    expect(after.keys).toHaveLength(2);
    expect(fresh).toMatchObject({ nbf: minutes(10), kid: expect.stringMatching(/^2026-03-01-[0-9a-f]{8}$/) });
    expect(fresh?.exp).toBeUndefined();
    expect(old).toEqual({ ...before.keys[0], exp: minutes(10) + 960 });
    expect(fresh?.d).not.toBe(old?.d);
    expect(parseKeySet(JSON.stringify(after), 'it')).toEqual(after);
  });

  it('leaves no moment without a key, two rotations in a row', async () => {
    const [first] = (await newKeySet(now)).keys;
    if (first === undefined) throw new Error('no key');
    const once = await rotated({ keys: [first] }, now);
    const twice = await rotated(once, new Date(now.getTime() + 300_000));
    const [third, second] = timesOf(twice);
    expect(timesOf(twice)).toEqual([
      { kid: third?.kid, nbf: minutes(15), exp: undefined },
      { kid: second?.kid, nbf: minutes(10), exp: minutes(15) + 960 },
      { kid: first.kid, nbf: undefined, exp: minutes(10) + 960 },
    ]);
  });

  it('leaves out what has expired, and what would begin only after the new key', async () => {
    const [one, two, three] = await Promise.all([newKeySet(now), newKeySet(now), newKeySet(now)]);
    const keys = [
      ...one.keys.map((key) => ({ ...key, exp: seconds })),
      ...two.keys.map((key) => ({ ...key, nbf: minutes(10) })),
      ...three.keys,
    ];
    const after = await rotated({ keys }, now, 60_000);
    expect(after.keys.map(({ kid }) => kid).slice(1)).toEqual(three.keys.map(({ kid }) => kid));
  });
});

describe('a key set', () => {
  const okp = { kid: 'a', kty: 'OKP', crv: 'Ed25519', x: 'x', d: 'd' };
  it.each([
    ['no JSON', 'JWT_KEYS'],
    ['no keys', '{"keys":[]}'],
    ['a public key', JSON.stringify({ keys: [{ ...okp, d: undefined }] })],
    ['an RSA key', JSON.stringify({ keys: [{ ...okp, kty: 'RSA' }] })],
    ['a curve of another type', JSON.stringify({ keys: [{ ...okp, crv: 'P-256' }] })],
    ['P-256 without y', JSON.stringify({ keys: [{ ...okp, kty: 'EC', crv: 'P-256' }] })],
    ['no kid', JSON.stringify({ keys: [{ ...okp, kid: '' }] })],
    ['a kid twice', JSON.stringify({ keys: [okp, { ...okp, x: 'y' }] })],
    ['a time as text', JSON.stringify({ keys: [{ ...okp, nbf: '2026-03-01' }] })],
  ])('is refused with %s, by its source and without its text', (_what, text) => {
    expect(() => parseKeySet(text, 'JWT_KEYS_FILE /keys.json')).toThrow(
      /^The configuration.*\n {2}- JWT_KEYS_FILE \/keys/,
    );
  });
});
