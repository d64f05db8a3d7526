/**
 * Chances that fall the same way each time: what is drawn depends on the seed, the kind of thing and its number alone,
 * so that any row can be made without those before it. Not for secrets.
 */
export class Draw {
  private state: number;

  constructor(seed: number, kind: number, index: number) {
    this.state = mix(mix(mix(seed) + kind) + index);
  }

  /** At least 0, less than 1. */
  fraction(): number {
    this.state = (this.state + 0x9e3779b9) | 0;
    return mix(this.state) / 2 ** 32;
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  /** One of them, each as likely as the others. */
  of<T>(items: readonly [T, ...T[]]): T {
    return items[this.whole(0, items.length - 1)] ?? items[0];
  }

  /** One of them, as likely as its weight says. */
  weighted<T>(items: readonly [T, ...T[]], weight: (item: T) => number): T {
    let left = this.fraction() * items.reduce((sum, item) => sum + weight(item), 0);
    for (const item of items) {
      left -= weight(item);
      if (left < 0) return item;
    }
    return items[0];
  }
}

/** Spreads 32 bits over 32 bits, so that neighbours have nothing in common. */
function mix(word: number): number {
  let mixed = word | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
