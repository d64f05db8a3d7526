import { normalizeIp } from '@nestjs/throttler';

/**
 * What tries from an address are counted under: the address, or for IPv6 its /64, which a single client owns whole, so
 * that counting addresses one by one would count nothing.
 */
export function clientNetwork(address: string): string {
  return normalizeIp(address, 64);
}
