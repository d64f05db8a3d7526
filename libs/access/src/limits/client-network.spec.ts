import { describe, expect, it } from 'vitest';
import { clientNetwork } from './client-network.js';

describe('the network that a client is counted by', () => {
  it('is the address itself in IPv4, however it is written', () => {
    expect(clientNetwork('192.0.2.1')).toBe('192.0.2.1');
    expect(clientNetwork('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(clientNetwork('192.0.2.2')).not.toBe(clientNetwork('192.0.2.1'));
  });

  it('is the /64 in IPv6, neither wider nor narrower', () => {
    const network = clientNetwork('2001:db8:1:2::1');
    expect(clientNetwork('2001:db8:1:2:ffff:ffff:ffff:ffff')).toBe(network);
    expect(clientNetwork('2001:db8:1:3::1')).not.toBe(network);
  });
});
