import { describe, expect, it } from 'vitest';
import { Gate } from './gate.js';

describe('Gate', () => {
  it('never lets more in than its width, and everyone in the end', async () => {
    const gate = new Gate(2, 100);
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => gate.run(work)));
    expect(most).toBe(2);
    expect(inside).toBe(0);
  });

  it('refuses who would wait behind too many, and takes work again afterwards', async () => {
    const gate = new Gate(1, 2);
    let open = () => {};
    const held = new Promise<void>((resolve) => {
      open = resolve;
    });
    const admitted = [gate.run(() => held), gate.run(() => held), gate.run(() => held)];
    await expect(gate.run(() => held)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    open();
    await Promise.all(admitted);
    await expect(gate.run(() => Promise.resolve('yes'))).resolves.toBe('yes');
  });

  it('goes on after work that fails', async () => {
    const gate = new Gate(1, 100);
    await expect(gate.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(gate.run(() => Promise.resolve('yes'))).resolves.toBe('yes');
  });
});
