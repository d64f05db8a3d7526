import { randomUUID } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import pg from 'pg';
import { BenchError } from './bench-error.js';
import { median } from './measure.js';
import type { Server } from './processes.js';
import { type Load, load } from './wrk.js';

const password = 'correct horse battery';
const triesOfEachKind = 100;
const clients = 8;
/** The same as the service's, so that no hash is made anew on the way (OWASP's least cost of argon2id). */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** How long refusals take, by what is wrong; a difference would tell who has an account. */
export interface SignInTimes {
  /** Median milliseconds of a hundred tries each, interleaved, one account a try. */
  readonly medians: Readonly<Record<Kind, number>>;
  /** Between the slowest and the fastest kind, in milliseconds. */
  readonly spread: number;
}

export interface SignInThroughput {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Guarded calls a second while the clients sign in, against the same without them. */
  readonly guardedRatio: number;
  readonly guardedP99Ms: number;
}

const kinds = ['unknown', 'wrong password', 'disabled'] as const;
type Kind = (typeof kinds)[number];

/** Puts the accounts that are signed in to straight into the table: one a try, so that none is locked. */
export async function addAccounts(superuserUrl: string): Promise<void> {
  const passwordHash = await hash(password, cost);
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query("SET session_replication_role = 'replica'");
    for (const [kind, count] of [
      ['wrong', triesOfEachKind],
      ['disabled', triesOfEachKind],
      ['client', clients],
    ] as const) {
      await client.query(
        `INSERT INTO users (id, email, canonical_email, name, password_hash, role, disabled_at, created_at, updated_at)
         SELECT gen_random_uuid(), email, email, 'Bench', $1, 'customer', CASE $2 WHEN 'disabled' THEN now() END, now(), now()
         FROM generate_series(0, $3::int - 1) n, LATERAL (SELECT $2 || n || '@bench.example' AS email) e`,
        [passwordHash, kind, count],
      );
    }
  } finally {
    await client.end();
  }
}

/** Times refused sign-ins of each kind, one after the other in turn. */
export async function signInTimes(server: Server): Promise<SignInTimes> {
  const times: Record<Kind, number[]> = { unknown: [], 'wrong password': [], disabled: [] };
  for (let n = 0; n < triesOfEachKind; n += 1) {
    const tries: [Kind, string, string][] = [
      ['unknown', `nobody-${randomUUID()}@bench.example`, password],
      ['wrong password', `wrong${n}@bench.example`, 'not the password'],
      ['disabled', `disabled${n}@bench.example`, password],
    ];
    // Another order each time, so that no kind always follows the same other one.
    for (let i = 0; i < tries.length; i += 1) {
      const [kind, email, secret] = tries[(i + n) % tries.length] ?? [];
      if (kind === undefined || email === undefined || secret === undefined) continue;
      const { status, ms } = await signIn(server, email, secret);
      if (status !== 401) throw new BenchError(`a sign-in of the kind "${kind}" was answered with ${status}`);
      times[kind].push(ms);
    }
  }
  const medians = {
    unknown: median(times.unknown),
    'wrong password': median(times['wrong password']),
    disabled: median(times.disabled),
  };
  const all = Object.values(medians);
  return { medians, spread: Math.max(...all) - Math.min(...all) };
}

/** Lets clients sign in without pause, and measures guarded calls beside them and without them. */
export async function signInThroughput(server: Server, guarded: Omit<Load, 'url'>): Promise<SignInThroughput> {
  const what = { ...guarded, url: server.url };
  const alone = [await load(what)];
  const times: number[] = [];
  let running = true;
  const begun = performance.now();
  const signingIn = Array.from({ length: clients }, async (_, n) => {
    while (running) {
      const { status, ms } = await signIn(server, `client${n}@bench.example`, password);
      if (status !== 200) throw new BenchError(`a sign-in was answered with ${status}`);
      times.push(ms);
    }
  });
  const beside = load(what).finally(() => {
    running = false;
  });
  await Promise.all([beside, ...signingIn]);
  const seconds = (performance.now() - begun) / 1_000;
  alone.push(await load(what));
  const { perSecond, p99Ms } = await beside;
  return {
    perSecond: times.length / seconds,
    medianMs: median(times),
    p99Ms: times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN,
    guardedRatio: perSecond / median(alone.map((one) => one.perSecond)),
    guardedP99Ms: p99Ms,
  };
}

/** From an address of its own, as the limits and budgets count by address; the bench is a proxy that is trusted. */
async function signIn(server: Server, email: string, secret: string): Promise<{ status: number; ms: number }> {
  const address = Array.from({ length: 3 }, () => Math.floor(Math.random() * 250) + 1).join('.');
  const begun = performance.now();
  const answer = await fetch(`${server.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': `10.${address}` },
    body: JSON.stringify({ email, password: secret }),
  });
  await answer.arrayBuffer();
  return { status: answer.status, ms: performance.now() - begun };
}

/** The two in words, for the terminal. */
export function signInReport(times: SignInTimes, throughput: SignInThroughput): string {
  const each = kinds.map((kind) => `${kind} ${times.medians[kind].toFixed(1)} ms`).join(', ');
  const { perSecond, medianMs, p99Ms, guardedRatio, guardedP99Ms } = throughput;
  return [
    `refused sign-ins, medians of ${triesOfEachKind} interleaved tries, one account each: ${each}; spread ${times.spread.toFixed(1)} ms (bar ≤ 5)`,
    `${clients} clients signing in without pause: ${perSecond.toFixed(1)} sign-ins/s, median ${medianMs.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms`,
    `guarded calls beside them: ${guardedRatio.toFixed(2)} of the same without them (bar ≥ 0.50), p99 ${guardedP99Ms.toFixed(0)} ms (bar < 100)`,
  ].join('\n');
}
