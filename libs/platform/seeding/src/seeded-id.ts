/** The greatest number that a seed may be: as many bits as {@link seededId} has room for. */
export const greatestSeed = 2 ** 31 - 1;

/**
 * A UUIDv7 of that moment whose other bits are the seed, the kind and the number: no two rows of any two seeds share
 * one, and the same row has the same one each time.
 */
export function seededId(at: number, seed: number, kind: number, index: number): string {
  const time = hexadecimal(at, 12);
  const high = hexadecimal(((kind & 0xf) << 8) | (seed >>> 24), 3);
  const middle = hexadecimal(0x8000_0000 + (seed & 0xff_ffff), 8);
  const low = hexadecimal(index, 8);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${high}-${middle.slice(0, 4)}-${middle.slice(4)}${low}`;
}

function hexadecimal(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
