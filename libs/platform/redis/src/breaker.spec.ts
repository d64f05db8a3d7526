import { describe, expect, it } from 'vitest';
import { Breaker } from './breaker.js';

/** Keeps the process from doing anything else. */
function beBusy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

const never = () => new Promise<string>(() => undefined);
const arrived = () => new Promise<string>((resolve) => setImmediate(resolve, 'answer'));

describe('Breaker', () => {
  it('gives up on an answer after 200 ms, and asks for none in the second after that', async () => {
    const breaker = new Breaker();
    const begun = performance.now();
    expect(await breaker.run(never)).toBeUndefined();
    expect(performance.now() - begun).toBeGreaterThanOrEqual(199);
    let asked = 0;
    const count = () => {
      asked += 1;
      return Promise.resolve('answer');
    };
    expect(await breaker.run(count)).toBeUndefined();
    expect(asked).toBe(0);
    await expect.poll(() => breaker.run(count), { timeout: 5_000, interval: 20 }).toBe('answer');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(1_190);
  });

  it('takes an answer that came while the process was busy, however long that was', async () => {
    const breaker = new Breaker();
    const answer = breaker.run(arrived);
    beBusy(400);
    expect(await answer).toBe('answer');
  });

  it('answers nothing where the call fails', async () => {
    expect(await new Breaker().run(() => Promise.reject(new Error('refused')))).toBeUndefined();
  });
});
