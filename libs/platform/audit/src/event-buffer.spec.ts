import { describe, expect, it } from 'vitest';
import { EventBuffer, type EventEntry } from './event-buffer.js';

const make = (id: string): EventEntry => ({
  occurred_at: '2026-01-01T00:00:00.000Z',
  action: 'access.denied',
  resource: 'route',
  resource_id: id,
  actor_id: null,
  process: null,
  session_id: null,
  request_id: null,
  address: null,
  user_agent: null,
  details: {},
});

type Lane = 'done' | 'refused' | 'refused-anonymous';

function fill(buffer: EventBuffer, lane: Lane, kinds: number, at = 'now'): number {
  let first = 0;
  for (let kind = 0; kind < kinds; kind += 1) {
    const alike = `${lane} ${kind}`;
    if (buffer.add({ action: 'access.denied', alike, lane, at }, () => make(alike)) !== undefined) first += 1;
  }
  return first;
}

const counts = (taken: ReadonlyMap<string, { count: number }>) => [...taken.values()].map(({ count }) => count);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describe('EventBuffer', () => {
  it('makes one entry of what is alike, with the number and the time of the last', () => {
    const buffer = new EventBuffer();
    for (const at of ['1', '2', '3']) fill(buffer, 'refused', 2, at);
    const taken = [...buffer.take().values()];
    expect(taken.map(({ entry, count, lastAt }) => [entry.resource_id, count, lastAt])).toEqual([
      ['refused 0', 3, '3'],
      ['refused 1', 3, '3'],
    ]);
    expect(buffer.size).toBe(0);
  });

  it('counts in one entry what there is no room for, and loses none', () => {
    const buffer = new EventBuffer();
    expect(fill(buffer, 'refused-anonymous', 20_000)).toBe(500);
    expect(buffer.size).toBe(501);
    const taken = buffer.take();
    expect(sum(counts(taken))).toBe(20_000);
    const beyond = [...taken.values()].at(-1);
    expect(beyond?.entry).toMatchObject({ action: 'access.denied', resource: 'overflow', actor_id: null });
    expect(beyond?.count).toBe(19_500);
  });

  it('leaves those who are signed in the room that strangers have used up', () => {
    const buffer = new EventBuffer();
    fill(buffer, 'refused-anonymous', 5_000);
    expect(fill(buffer, 'refused', 1)).toBe(1);
    expect(fill(buffer, 'done', 3_000)).toBe(3_000);
  });

  it('makes little room at a time in a flood that lasts, and all of it again once it is over', () => {
    const buffer = new EventBuffer();
    fill(buffer, 'refused-anonymous', 5_000);
    buffer.take();
    buffer.written();
    expect(fill(buffer, 'refused-anonymous', 5_000)).toBe(5);
    buffer.take();
    for (let flush = 0; flush < 1_000; flush += 1) buffer.written();
    expect(fill(buffer, 'refused-anonymous', 5_000)).toBe(500);
  });

  it('holds what could not be written, together with what came meanwhile, within the same bounds', () => {
    const buffer = new EventBuffer();
    fill(buffer, 'refused', 3, 'before');
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const taken = buffer.take();
      fill(buffer, 'refused', 3, 'after');
      buffer.putBack(taken);
    }
    const taken = [...buffer.take().values()];
    expect(taken.map(({ count, lastAt }) => [count, lastAt])).toEqual([
      [101, 'after'],
      [101, 'after'],
      [101, 'after'],
    ]);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      fill(buffer, 'refused', 5_000);
      const again = buffer.take();
      fill(buffer, 'refused', 5_000);
      buffer.putBack(again);
    }
    expect(buffer.size).toBeLessThanOrEqual(1_001);
  });
});
