import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Passwords } from './passwords.js';

const argon2 = vi.hoisted(() => ({ hash: vi.fn(), verify: vi.fn() }));
vi.mock('@node-rs/argon2', () => argon2);

describe('Passwords', () => {
  let running = 0;
  let most = 0;
  const work = async <T>(answer: T): Promise<T> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return answer;
  };
  beforeEach(() => {
    most = 0;
    argon2.hash.mockReset().mockImplementation(() => work('a hash'));
    argon2.verify.mockReset().mockImplementation(() => work(true));
  });

  it('S20 hashes and verifies two at once, however many ask', async () => {
    const passwords = new Passwords();
    const asked = Array.from({ length: 50 }, (_, index) =>
      index % 2 === 0 ? passwords.hash('a password') : passwords.matches('a hash', 'a password'),
    );
    await Promise.all(asked);
    expect(most).toBe(2);
    expect(argon2.hash.mock.calls.length + argon2.verify.mock.calls.length).toBe(50);
  });

  it('verifies once, and says no, where there is no hash or the try is not admitted', async () => {
    const passwords = new Passwords();
    expect(await passwords.matches('a hash', 'right')).toBe(true);
    expect(await passwords.matches(null, 'right')).toBe(false);
    expect(await passwords.matches(undefined, 'right')).toBe(false);
    expect(await passwords.matches('a hash', 'right', () => Promise.resolve(false))).toBe(false);
    expect(argon2.verify).toHaveBeenCalledTimes(4);
  });

  it('asks whether a try is admitted when its turn has come, so that no more are counted than looked at', async () => {
    const passwords = new Passwords();
    const admitted: number[] = [];
    const asked = Array.from({ length: 10 }, () =>
      passwords.matches('a hash', 'a password', () => {
        admitted.push(running);
        return Promise.resolve(true);
      }),
    );
    expect(admitted).toEqual([0, 0]);
    await Promise.all(asked);
    expect(admitted).toHaveLength(10);
  });

  it('goes on after a verification that failed', async () => {
    const passwords = new Passwords();
    argon2.verify.mockRejectedValueOnce(new Error('out of memory'));
    await expect(passwords.matches(undefined, 'a password')).rejects.toThrow('out of memory');
    expect(await passwords.matches('a hash', 'a password')).toBe(true);
  });
});
