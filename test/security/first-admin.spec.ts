import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FirstAdminService } from '@gatehouse/features/auth';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { type Answer, send } from '../kit/http-client.js';
import { type Running, start } from '../kit/processes.js';
import { createTestDatabase, type TestDatabase } from '../kit/test-database.js';

const email = 'ada@example.com';
const password = 'correct horse battery';

describe('S18 the first admin of a production installation', () => {
  let database: TestDatabase;
  let folder: string;
  let api: Running;
  let url: string;
  const environment = () => ({
    ...inject('server').secrets,
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    DATA_DIR: folder,
    PUBLIC_URL: 'https://shop.example',
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'shop@shop.example',
    STRIPE_API_KEY: 'sk_live_of_nobody',
    STRIPE_WEBHOOK_SECRET: 'whsec_of_nobody',
  });
  beforeAll(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-first-'));
    api = start('api', [], environment());
    url = await api.listening();
  });
  afterAll(async () => {
    await api.stop();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const user = async (...parameters: string[]) => {
    const command = start('cli', ['user', ...parameters], environment());
    return { code: await command.exit(), output: command.output };
  };
  const createAdmin = (address = email) => user('create-admin', '--email', address, '--name', 'Ada Lovelace');
  const post = (path: string, body: unknown): Promise<Answer> => send(`${url}/api/auth/${path}`, 'POST', { body });
  const users = () =>
    database.query<{ email: string; role: string; password: string | null }>(
      'SELECT email, role, password_hash AS password FROM users ORDER BY created_at',
    );

  it('is nobody at first: the installation has no account and no default password opens it', async () => {
    expect(await users()).toEqual([]);
    for (const name of ['admin@demo.example', 'admin@example.com', 'admin', 'root']) {
      for (const guess of ['password', 'admin1234', 'changeme', 'gatehouse']) {
        expect((await post('login', { email: name, password: guess })).status).toBe(401);
      }
    }
  });

  it('is not made of what is no address or no name, or of nothing', async () => {
    const said = await Promise.all([
      user('create-admin', '--email', 'ada', '--name', ' '),
      user('create-admin', '--email', email),
      user('--email', email, '--name', 'Ada'),
      user('create-admin', '--email', email, '--name', 'Ada', '--password', password),
    ]);
    expect(said.map(({ output }) => output.trim())).toEqual([
      '--email must be an email, --name must be text of 1 to 100 characters',
      expect.stringMatching(/^Usage: user create-admin/),
      expect.stringMatching(/^Usage: user create-admin/),
      expect.stringMatching(/^Unknown option '--password'/),
    ]);
    for (const { code } of said) expect(code).toBe(1);
    expect(await users()).toEqual([]);
  });

  it('is one, made once, however many commands run at the same time; the token printed is good once', async () => {
    const runs = await Promise.all(Array.from({ length: 5 }, (_, index) => createAdmin(`ada-${index}@example.com`)));
    const [made, ...others] = runs.filter(({ code }) => code === 0);
    expect(others, runs.map(({ output }) => output).join('\n')).toEqual([]);
    const refused = runs.filter(({ code }) => code === 1);
    expect(refused.map(({ output }) => output)).toEqual(
      Array.from(
        { length: 4 },
        () => 'There is an admin already, or one whose link is still good: they invite the others\n',
      ),
    );
    const [admin, ...more] = await users();
    expect(more).toEqual([]);
    expect(admin).toEqual({ email: expect.stringMatching(/^ada-\d@example\.com$/), role: 'admin', password: null });

    const [, link, token] =
      /^(https:\/\/shop\.example\/reset-password#token=(\S{43}))$/m.exec(made?.output ?? '') ?? [];
    expect(link).toBeDefined();
    expect((await post('login', { email: admin?.email, password })).status).toBe(401);
    expect((await post('password/reset', { token, password })).status).toBe(204);
    const signedIn = await post('login', { email: admin?.email, password });
    expect(signedIn.status).toBe(200);
    const { accessToken } = signedIn.body.data;
    const session = await send(`${url}/api/auth/session`, 'GET', { token: accessToken });
    expect(session.body.data.role).toBe('admin');
    expect((await send(`${url}/api/users`, 'GET', { token: accessToken })).status).toBe(200);
    expect((await post('password/reset', { token, password: 'another password' })).status).toBe(400);
    expect(made?.output).not.toContain(password);
    // S52: in the trail by the command that made them, and without the token.
    const events = await database.query<{ process: string; text: string }>(
      "SELECT process, audit_entries::text AS text FROM audit_entries WHERE action = 'first-admin.made'",
    );
    expect(events.map(({ process }) => process)).toEqual(['user create-admin']);
    for (const secret of [token ?? '', 'example.com']) expect(JSON.stringify(events)).not.toContain(secret);
  }, 90_000);

  it('is not made a second time', async () => {
    const again = await createAdmin('mallory@example.com');
    expect(again.code).toBe(1);
    expect(again.output).toMatch(/^There is an admin already/);
    expect(await users()).toHaveLength(1);
  });

  it('stands in the trail as the doing of the command, without address, name or token', async () => {
    const rows = await database.query<{ entry: string; process: string }>(
      "SELECT a::text AS entry, process FROM audit_entries a WHERE action = 'user.created'",
    );
    expect(rows.map((row) => row.process)).toEqual(['user create-admin']);
    expect(rows[0]?.entry).not.toMatch(/ada-|Lovelace/);
  });
});

describe('S18 a first admin who never came in', () => {
  let api: Api;
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.close());

  const create = (address = email) =>
    api.app.get(FirstAdminService, { strict: false }).create({ email: address, name: 'Ada' });
  const reset = (token: string) => api.post('/api/auth/password/reset', { body: { token, password } });
  const roles = () =>
    api.database.query<{ email: string; role: string }>('SELECT email, role FROM users ORDER BY email');

  it('is not in the way while the link is good, and gets another one after the hour', async () => {
    const first = await create();
    await expect(create()).rejects.toThrow('There is an admin already');
    api.clock.advance(3_600_000 - 1_000);
    await expect(create()).rejects.toThrow('There is an admin already');
    api.clock.advance(1_001);
    expect((await reset(first)).status).toBe(400);
    expect((await reset(await create('ADA@example.com'))).status).toBe(204);
    expect(await roles()).toEqual([{ email, role: 'admin' }]);
  });

  it('is admin no longer when the address was mistyped and another one is made', async () => {
    await create('adda@example.com');
    api.clock.advance(3_600_001);
    await create();
    expect(await roles()).toEqual([
      { email, role: 'admin' },
      { email: 'adda@example.com', role: 'customer' },
    ]);
  });

  it('is somebody else than who has an account, and than an admin who once came in by another way than a password', async () => {
    const customer = await api.person();
    await expect(create(customer.email)).rejects.toThrow('This e-mail address has an account');
    const admin = await api.person('admin');
    await api.database.query('UPDATE users SET password_hash = NULL WHERE id = $1', [admin.id]);
    await expect(create()).rejects.toThrow('There is an admin already');
    await api.database.query(
      "INSERT INTO identities (id, issuer, subject, user_id, created_at) VALUES (gen_random_uuid(), 'google', '1', $1, now())",
      [admin.id],
    );
    await api.database.query('DELETE FROM sessions WHERE user_id = $1', [admin.id]);
    await expect(create()).rejects.toThrow('There is an admin already');
    await api.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [admin.id]);
    expect((await reset(await create())).status).toBe(204);
  });
});
