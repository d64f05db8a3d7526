/** What an entry of the trail says of a security event; the names are the table's columns. */
export interface EventEntry {
  readonly occurred_at: string;
  readonly action: string;
  readonly resource: string;
  readonly resource_id: string;
  readonly actor_id: string | null;
  readonly process: string | null;
  readonly session_id: string | null;
  readonly request_id: string | null;
  readonly address: string | null;
  readonly user_agent: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Events that are alike, as one entry. */
export interface Gathered {
  readonly entry: EventEntry;
  count: number;
  lastAt: string;
}

/**
 * Who can bring events about, which is what bounds how many entries they make: those that follow from work done are
 * bounded by the work, refusals by nothing but these numbers.
 */
export type Lane = 'done' | 'refused' | 'refused-anonymous';

interface Bounds {
  /** Entries that may wait at once, and so be written at once. */
  readonly burst: number;
  /** Entries that every flush makes room for: in the long run no more than this are written in a flush. */
  readonly refill: number;
}

const bounds: Readonly<Record<Lane, Bounds>> = {
  done: { burst: 10_000, refill: 10_000 },
  refused: { burst: 1_000, refill: 10 },
  'refused-anonymous': { burst: 500, refill: 5 },
};

interface Arrival {
  readonly action: string;
  readonly alike: string;
  readonly lane: Lane;
  readonly at: string;
}

/**
 * Gathers events until they are written. Alike ones become one entry with a count; where a lane has no room for
 * another entry, an event is counted in one that stands for all of its action, so that a flood costs neither memory
 * nor disk beyond the bounds.
 */
export class EventBuffer {
  private waiting = new Map<string, Gathered>();
  private readonly room = new Map<string, number>(Object.entries(bounds).map(([lane, { burst }]) => [lane, burst]));

  get size(): number {
    return this.waiting.size;
  }

  /**
   * Adds an event; `make` is asked for its entry only where it needs one of its own.
   * @param alike what two events of one action have in common that are one entry
   * @returns the entry when the event is the first of its kind to wait
   */
  add({ action, alike, lane, at }: Arrival, make: () => EventEntry): EventEntry | undefined {
    const key = `${action} ${alike}`;
    if (this.repeat(key, at)) return undefined;
    const room = this.room.get(lane) ?? 0;
    if (room > 0) {
      this.room.set(lane, room - 1);
      const entry = make();
      this.waiting.set(key, { entry, count: 1, lastAt: at });
      return entry;
    }
    const beyond = `${lane} ${action}`;
    if (!this.repeat(beyond, at)) this.waiting.set(beyond, { entry: overflow(action, lane, at), count: 1, lastAt: at });
    return undefined;
  }

  /** All that wait, which wait no more. */
  take(): Map<string, Gathered> {
    const taken = this.waiting;
    this.waiting = new Map();
    return taken;
  }

  /** What was taken has been written: there is room again, up to the lane's burst. */
  written(): void {
    for (const [lane, { burst, refill }] of Object.entries(bounds)) {
      this.room.set(lane, Math.min(burst, (this.room.get(lane) ?? 0) + refill));
    }
  }

  /** What was taken has not been written, and waits again together with what came meanwhile. */
  putBack(taken: ReadonlyMap<string, Gathered>): void {
    const since = this.waiting;
    this.waiting = new Map(taken);
    for (const [key, gathered] of since) {
      const before = this.waiting.get(key);
      if (before === undefined) this.waiting.set(key, gathered);
      else {
        before.count += gathered.count;
        before.lastAt = gathered.lastAt;
      }
    }
  }

  private repeat(key: string, at: string): boolean {
    const known = this.waiting.get(key);
    if (known === undefined) return false;
    known.count += 1;
    known.lastAt = at;
    return true;
  }
}

function overflow(action: string, lane: Lane, at: string): EventEntry {
  const none = { actor_id: null, process: null, session_id: null, request_id: null, address: null, user_agent: null };
  return { ...none, occurred_at: at, action, resource: 'overflow', resource_id: lane, details: {} };
}
