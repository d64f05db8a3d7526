import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { send } from '../kit/http-client.js';
import { type Running, start } from '../kit/processes.js';
import { MailServer } from '../kit/smtp.js';
import { createTestDatabase, type TestDatabase } from '../kit/test-database.js';
import { until } from '../kit/until.js';

const limits = { RATE_LIMIT_ANONYMOUS: '1000000/15m', RATE_LIMIT_USER: '1000000/15m', RATE_LIMIT_FACTOR: '10000' };
const password = 'correct horse battery';
/** Processes start slowly on a machine that has much to do. */
const patienceMs = 60_000;
const verification = 'Confirm your e-mail address';

describe('jobs when processes die', { timeout: 90_000 }, () => {
  let database: TestDatabase;
  let api: Running;
  let url: string;
  let server: MailServer;
  let smtp: string;
  let hold: Promise<void> = Promise.resolve();
  const started: Running[] = [];
  const environment = () => ({
    NODE_ENV: 'development',
    DATABASE_URL: database.url,
    DEMO_DATA: 'false',
    JOBS: 'worker',
    JOB_LEASE: '2',
    SMTP_URL: smtp,
    ...inject('server').secrets,
    ...limits,
  });
  const run = (program: 'api' | 'worker') => {
    const running = start(program, [], environment());
    started.push(running);
    return running;
  };
  const startApi = async () => {
    api = run('api');
    url = await api.listening();
  };
  const worker = async () => {
    const running = run('worker');
    await running.says(/(works jobs off)/);
    return running;
  };
  const kill = async (running: Running) => {
    running.signal('SIGKILL');
    await running.exit();
  };
  const register = async (email: string) => {
    const body = { email, name: 'Ada', password };
    expect((await send(`${url}/api/auth/register`, 'POST', { body })).status).toBe(202);
  };
  const mailsTo = (email: string) =>
    server.all.filter(({ to, mail }) => to[0] === email && mail.subject === verification);
  const states = async () =>
    (await database.query<{ state: string; runs: number }>(
      "SELECT state, retry_count AS runs FROM pgboss.job WHERE data->>'name' = 'mail.send' AND state <> 'completed'",
    )) as { state: string; runs: number }[];

  beforeAll(async () => {
    database = await createTestDatabase();
    server = new MailServer(() => hold);
    smtp = await server.open();
    await startApi();
  });
  afterEach(async () => {
    hold = Promise.resolve();
    for (const running of started.filter((one) => one !== api)) await running.stop();
  });
  afterAll(async () => {
    await api.stop();
    await server.close();
    await database.drop();
  });

  it('a mail is sent, once, though the process that was asked died right after it had answered', async () => {
    await register('survivor@example.com');
    await kill(api);
    expect(mailsTo('survivor@example.com')).toEqual([]);
    await worker();
    await startApi();
    await until('the mail', async () => mailsTo('survivor@example.com').length === 1, patienceMs);
    await until('the end', async () => (await states()).length === 0, patienceMs);
    expect(mailsTo('survivor@example.com')).toHaveLength(1);
  });

  it('a worker that is killed in the middle of a job loses it to another one, and the effect is had once', async () => {
    let release: () => void = () => undefined;
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const victim = await worker();
    await register('midway@example.com');
    await until('the mail is under way', () => Promise.resolve(server.underWay === 1), patienceMs);
    const heir = await worker();
    const killedAt = performance.now();
    await kill(victim);
    hold = Promise.resolve();
    await until('the mail', async () => mailsTo('midway@example.com').length === 1, patienceMs);
    expect(performance.now() - killedAt).toBeLessThan(20_000);
    release();
    await until('the end', async () => (await states()).length === 0, patienceMs);
    expect(await heir.stop()).toBe(0);
    // What the dead one had sent was never answered for: both carry one id, and are one mail to whoever looks at it.
    expect(new Set(mailsTo('midway@example.com').map(({ mail }) => mail.messageId)).size).toBe(1);
  });

  it('two workers never have one job at once: not one that takes longer than a lease, and of 60 mails each is sent once', async () => {
    let release: () => void = () => undefined;
    hold = new Promise((resolve) => {
      release = resolve;
    });
    await Promise.all([worker(), worker()]);
    await register('long@example.com');
    await until('the mail is under way', () => Promise.resolve(server.underWay === 1), patienceMs);
    const watched = performance.now();
    while (performance.now() - watched < 5_000) {
      expect(await states()).toEqual([{ state: 'active', runs: 0 }]);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    release();
    const emails = Array.from({ length: 60 }, (_, index) => `crowd-${index}@example.com`);
    await Promise.all(emails.map(register));
    await until('all are sent', async () => (await states()).length === 0, patienceMs);
    for (const email of ['long@example.com', ...emails]) expect([email, mailsTo(email).length]).toEqual([email, 1]);
  });

  it('SIGTERM lets the job under way end and takes no other: exit 0', async () => {
    let release: () => void = () => undefined;
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const stopping = await worker();
    await register('under-way@example.com');
    await until('the mail is under way', () => Promise.resolve(server.underWay === 1), patienceMs);
    stopping.signal('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await register('too-late@example.com');
    release();
    expect(await stopping.exit()).toBe(0);
    expect(mailsTo('under-way@example.com')).toHaveLength(1);
    expect(await states()).toEqual([{ state: 'created', runs: 0 }]);
    expect(stopping.output).not.toMatch(/error/i);
  });

  it('SIGTERM hands back what does not end: exit 0 within 10 s, and another has it at once', async () => {
    await (await worker()).stop();
    await database.query('DELETE FROM pgboss.job');
    let release: () => void = () => undefined;
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const stopping = await worker();
    await register('handed-back@example.com');
    await until('the mail is under way', () => Promise.resolve(server.underWay === 1), patienceMs);
    const from = performance.now();
    stopping.signal('SIGTERM');
    expect(await stopping.exit()).toBe(0);
    expect(performance.now() - from).toBeLessThan(10_000);
    expect(await states()).toEqual([{ state: 'retry', runs: 0 }]);
    hold = Promise.resolve();
    await worker();
    await until('the mail', async () => mailsTo('handed-back@example.com').length === 1, 3_000);
    release();
  });

  it('a mail waits while the mail server is away, and is delivered when it is back', async () => {
    const port = Number(new URL(smtp).port);
    await server.close();
    const away = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
    await worker();
    await register('patient@example.com');
    await until('tried in vain', async () => (await states()).some(({ state }) => state === 'retry'), patienceMs);
    await new Promise((resolve) => away.close(resolve));
    server = new MailServer(() => hold);
    await server.open(port);
    await until('the mail', async () => mailsTo('patient@example.com').length === 1, patienceMs);
  });
});
