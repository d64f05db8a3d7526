import { seedParameters } from '@gatehouse/apps/cli/src/seed-parameters.js';
import { SeedError, SeedingService, type SeedWatcher, type SeedWish } from '@gatehouse/features/demo';
import { Progress } from '@gatehouse/platform/seeding';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { type Api, startApi } from '../kit/api.js';
import { start } from '../kit/processes.js';
import { createTestDatabase } from '../kit/test-database.js';

const until = new Date('2026-01-31T12:00:00Z');
const sizes: SeedWish = { users: 100, products: 1_000, orders: 500, seed: 7, until };
const nobody: SeedWatcher = { begins: () => undefined, made: () => undefined };
const tables = ['users', 'products', 'stock', 'orders', 'order_lines', 'stock_movements'];

function sow({ app, database }: Api, wish: SeedWish, watcher = nobody): Promise<number> {
  return app.get(SeedingService, { strict: false }).sow(database.ownerUrl, wish, watcher);
}

const counts = (api: Api) =>
  Promise.all(
    tables.map(async (table) => {
      const [row] = await api.database.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
      return [table, row?.count];
    }),
  );

/** Everything that was made, in a form that two databases can be compared by. */
async function contents({ database }: Api): Promise<string[]> {
  const read = tables.map((table) =>
    database.query<{ line: string }>(`SELECT '${table} ' || row_to_json(made)::text AS line FROM ${table} AS made`),
  );
  return (await Promise.all(read)).flatMap((rows) => rows.map(({ line }) => line)).sort();
}

describe('npm run seed with sizes', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('makes as much as it is asked for, says what it does and how fast, and writes one entry to the trail', async () => {
    const parameters = ['--products', '1000', '--users', '100', '--orders', '500', '--seed', '7', '--until'];
    const command = start('cli', ['seed', ...parameters, until.toISOString()], {
      NODE_ENV: 'development',
      DEMO_DATA: 'false',
      DATABASE_URL: api.database.url,
      DATABASE_OWNER_URL: api.database.ownerUrl,
    });
    expect(await command.exit(), command.output).toBe(0);
    expect(command.output).toMatch(/^Seed 7, until 2026-01-31T12:00:00.000Z\./);
    expect(command.output).toContain('products: 1,000 of 1,000\n');
    expect(command.output).toMatch(/^[\d,]+ rows in [\d.]+ s: [\d,]+ rows\/s$/m);

    expect(await counts(api)).toMatchObject([
      ['users', 100],
      ['products', 1_000],
      ['stock', 1_000],
      ['orders', 500],
      ['order_lines', expect.any(Number)],
      ['stock_movements', expect.any(Number)],
    ]);
    const trail = await api.database.query(
      "SELECT action, resource_id, process, request_id IS NOT NULL AS requested, changes FROM audit_entries WHERE resource <> 'role'",
    );
    expect(trail).toMatchObject([
      {
        action: 'seeding.created',
        resource_id: '7',
        process: 'seed',
        requested: true,
        changes: { users: [null, 100], products: [null, 1_000], orders: [null, 500] },
      },
    ]);
    const triggers = await api.database.query(
      "SELECT tgrelid::regclass::text AS on FROM pg_trigger WHERE tgname = 'audited' AND tgenabled <> 'O'",
    );
    expect(triggers).toEqual([]);
  });

  it('what it makes is consistent: totals, snapshots, stock, states and times', async () => {
    const none = async (rows: string) =>
      expect(
        (await api.database.query<{ found: number }>(`SELECT count(*)::int AS found FROM ${rows}`))[0]?.found,
      ).toBe(0);
    await none(`orders WHERE total_amount IS DISTINCT FROM
      (SELECT sum(unit_amount * quantity) FROM order_lines WHERE order_id = orders.id)`);
    await none(`order_lines AS line JOIN products ON products.id = product_id
      WHERE (line.name, unit_amount) IS DISTINCT FROM (products.name, price_amount)`);
    await none('(SELECT FROM order_lines GROUP BY order_id, product_id HAVING count(*) > 1) AS twice');
    await none(`orders JOIN users ON users.id = user_id JOIN order_lines ON order_id = orders.id
      JOIN products ON products.id = product_id JOIN stock USING (product_id)
      WHERE users.created_at > orders.created_at OR products.created_at > orders.created_at
        OR orders.updated_at < orders.created_at OR orders.updated_at > '${until.toISOString()}'
        OR products.currency <> orders.currency OR stock.quantity < 0`);
    await none(`stock WHERE quantity IS DISTINCT FROM
      coalesce((SELECT sum(change) FROM stock_movements WHERE product_id = stock.product_id), 0)`);
    await none(`(SELECT order_id FROM order_lines JOIN orders ON orders.id = order_id GROUP BY order_id, status
      HAVING sum(CASE status WHEN 'cancelled' THEN 0 ELSE -quantity END) IS DISTINCT FROM
        (SELECT sum(change) FROM stock_movements AS moved WHERE moved.order_id = order_lines.order_id)) AS unmoved`);
    // As long as an unpaid order may wait.
    await none(
      `orders WHERE status = 'pending' AND created_at < timestamptz '${until.toISOString()}' - interval '15 min'`,
    );
    const states = await api.database.query<{ status: string }>('SELECT DISTINCT status FROM orders ORDER BY status');
    expect(states.map(({ status }) => status)).toEqual(['cancelled', 'fulfilled', 'paid', 'pending', 'refunded']);
    const [keys] = await api.database.query(
      `SELECT count(DISTINCT email)::int AS addresses, count(DISTINCT name)::int > 50 AS names FROM users`,
    );
    expect(keys).toEqual({ addresses: 100, names: true });
  });

  it('the service works with it: a list, a product, an order of a seeded user', async () => {
    const { token } = await api.person('manager');
    const { body } = await api.get('/api/orders?limit=1', { token });
    expect(body.pagination.total).toBe(500);
    const [order] = body.data;
    expect((await api.get(`/api/products/${order.lines[0].productId}`)).body.data.name).toBe(order.lines[0].name);
    expect((await api.get('/api/products')).body.pagination.total).toBe(1_000);
  });

  it('S18 nobody can sign in as somebody it made', async () => {
    const people = await api.database.query<{ email: string }>(
      "SELECT email FROM users WHERE email LIKE '%@seed-7.example' AND disabled_at IS NULL",
    );
    const [secrets] = await api.database.query<{ found: number }>(
      `SELECT count(*)::int AS found FROM users WHERE email LIKE '%@seed-7.example'
       AND (password_hash IS NOT NULL OR email_verified_at IS NOT NULL OR role <> 'customer')`,
    );
    expect(secrets?.found).toBe(0);
    const email = people[0]?.email ?? '';
    for (const password of ['', 'password', email]) {
      const answer = await api.post('/api/auth/login', { body: { email, password } });
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
    const [sessions] = await api.database.query<{ found: number }>(
      "SELECT count(*)::int AS found FROM sessions JOIN users ON users.id = user_id WHERE email LIKE '%@seed-7.example'",
    );
    expect(sessions?.found).toBe(0);
  });

  it('adds to what is there, each time under a seed of its own', async () => {
    const before = await counts(api);
    const wish = { ...sizes, seed: undefined, until: undefined, users: 3, products: 4, orders: 5 };
    const seeds: number[] = [];
    const watcher = { ...nobody, begins: (plan: { seed: number }) => void seeds.push(plan.seed) };
    await sow(api, wish, watcher);
    await sow(api, wish, watcher);
    expect(seeds).toEqual([8, 9]);
    const grown = Object.fromEntries(await counts(api));
    for (const [table, by] of [
      ['users', 6],
      ['products', 8],
      ['stock', 8],
      ['orders', 10],
    ] as const) {
      expect(grown[table]).toBe(Object.fromEntries(before)[table] + by);
    }
    const entries = await api.database.query(
      "SELECT resource_id FROM audit_entries WHERE resource = 'seeding' ORDER BY id",
    );
    expect(entries).toEqual([{ resource_id: '7' }, { resource_id: '8' }, { resource_id: '9' }]);
  });

  it('refuses a seed that is there, one that was begun otherwise, a second at once, and the wrong roles', async () => {
    const refused = (wish: SeedWish, url = api.database.ownerUrl) =>
      expect(api.app.get(SeedingService, { strict: false }).sow(url, wish, nobody)).rejects;
    const before = await counts(api);
    await refused(sizes).toThrow(new SeedError('Seed 7 is in this database already: another --seed adds more'));
    await refused({ ...sizes, seed: undefined }, api.database.url).toThrow("must be the tables' owner");
    await refused(sizes, 'postgres://nobody@127.0.0.1:9/none').toThrow('lets nobody in');
    await refused(sizes, inject('server').superuserUrl).toThrow('lead to two databases');
    const other = new pg.Client({ connectionString: api.database.ownerUrl });
    await other.connect();
    await other.query('SELECT pg_advisory_lock(4283365002)');
    await refused({ ...sizes, seed: 99 }).toThrow('Another seed is being sown');
    await other.end();
    expect(await counts(api)).toEqual(before);
  });

  it('goes into production where that is named, and makes no personas there', async () => {
    const { users } = Object.fromEntries(await counts(api));
    const command = start('cli', ['seed', '--users', '2', '--into-production'], {
      ...inject('server').secrets,
      NODE_ENV: 'production',
      DATABASE_URL: api.database.url,
      DATABASE_OWNER_URL: api.database.ownerUrl,
      PUBLIC_URL: 'https://shop.example',
      SMTP_URL: 'smtp://127.0.0.1:9',
      MAIL_FROM: 'shop@shop.example',
      STRIPE_API_KEY: 'sk_live_of_nobody',
      STRIPE_WEBHOOK_SECRET: 'whsec_of_nobody',
    });
    expect(await command.exit(), command.output).toBe(0);
    expect(command.output).not.toContain('Personas');
    expect(Object.fromEntries(await counts(api))).toMatchObject({ users: users + 2 });
  });
});

describe('the same seed', () => {
  const databases: Api[] = [];
  beforeAll(async () => {
    databases.push(...(await Promise.all([startApi(), startApi()])));
  });
  afterAll(async () => {
    for (const api of databases) await api.close();
  });

  it('makes the same rows, also when it was interrupted and goes on; another one makes others', async () => {
    const [whole, broken] = databases;
    if (whole === undefined || broken === undefined) throw new Error('there are two');
    await sow(whole, sizes);
    const stumble = (things: string) => {
      if (things === 'products') throw new Error('interrupted');
    };
    await expect(sow(broken, sizes, { ...nobody, made: stumble })).rejects.toThrow('interrupted');
    expect(Object.fromEntries(await counts(broken))).toMatchObject({ users: 100, products: 1_000, orders: 0 });
    await expect(sow(broken, { ...sizes, orders: 501 })).rejects.toThrow(
      'Seed 7 was begun with --users 100 --products 1000 --orders 500 --until 2026-01-31T12:00:00.000Z',
    );
    await sow(broken, sizes);
    const rows = await contents(whole);
    expect(rows.length).toBeGreaterThan(2_600);
    expect(await contents(broken)).toEqual(rows);
    const [trail] = await broken.database.query(
      "SELECT count(*)::int AS count FROM audit_entries WHERE resource = 'seeding'",
    );
    expect(trail).toEqual({ count: 1 });

    await sow(broken, { ...sizes, seed: 8 });
    const known = new Set(rows);
    expect((await contents(broken)).filter((line) => !known.has(line))).toHaveLength(
      (await contents(broken)).length - rows.length,
    );
  });
});

describe('what npm run seed is asked for', () => {
  const read = (...parameters: string[]) => seedParameters(parameters, new Date('2026-06-01T00:00:00Z'));

  it('is as it was without sizes, and what is said with them', () => {
    expect(read()).toEqual({ wish: undefined, intoProduction: false });
    expect(read('--products', '7').wish).toEqual({
      products: 7,
      users: 0,
      orders: 0,
      seed: undefined,
      until: undefined,
    });
    expect(read('--users', '5', '--seed', '0', '--until', '2026-01-31', '--into-production')).toEqual({
      wish: { products: 0, users: 5, orders: 0, seed: 0, until: new Date('2026-01-31T00:00:00Z') },
      intoProduction: true,
    });
  });

  it.each([
    ['--products', '-1'],
    ['--products', '1.5'],
    ['--products', '1e3'],
    ['--products', '0x10'],
    ['--products', ''],
    ['--products', 'many'],
    ['--users', '100000001'],
    ['--orders', '99999999999'],
    ['--seed', '2147483648'],
    ['--until', 'yesterday'],
    ['--until', '2026-02-31'],
    ['--until', '2026-06-02'],
    ['--until', '1999-12-31'],
  ])('refuses %s %j, naming it', (name, value) => {
    expect(() => read('--users=1', '--products=1', `${name}=${value}`)).toThrow(`${name} takes a`);
  });

  it('refuses what does not go together or is unknown', () => {
    expect(() => read('--orders', '5')).toThrow('--orders wants --products and --users beside it');
    expect(() => read('--seed', '5')).toThrow('--seed and --until want');
    expect(() => read('--product', '5')).toThrow("'--product'");
    expect(() => read('5')).toThrow("'5'");
  });

  it('is refused by the command with one line and code 1: bad numbers, production, no owner', async () => {
    const { secrets } = inject('server');
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const development = { NODE_ENV: 'development', DEMO_DATA: 'false', DATABASE_URL: database.url };
    const production = {
      ...secrets,
      NODE_ENV: 'production',
      DATABASE_URL: database.url,
      DATABASE_OWNER_URL: database.ownerUrl,
      PUBLIC_URL: 'https://shop.example',
      SMTP_URL: 'smtp://127.0.0.1:9',
      MAIL_FROM: 'shop@shop.example',
      STRIPE_API_KEY: 'sk_live_seed',
      STRIPE_WEBHOOK_SECRET: 'whsec_seed',
    };
    const said = async (parameters: string[], environment: Record<string, string>) => {
      const command = start('cli', ['seed', ...parameters], environment);
      return [await command.exit(), command.output.trim()];
    };
    const refusals = await Promise.all([
      said(['--products', 'lots'], development),
      said(['--products', '5'], development),
      said([], production),
      said(['--products', '5'], production),
    ]);
    expect(refusals).toEqual([
      [1, '--products takes a whole number from 0 to 100000000, not "lots"'],
      [1, "Set DATABASE_OWNER_URL: what is made in bulk is written as the tables' owner"],
      [1, 'This is production: made-up data goes there with --into-production only'],
      [1, 'This is production: made-up data goes there with --into-production only'],
    ]);
  });
});

describe('its progress', () => {
  it('is a bar that is drawn over on a terminal, and lines elsewhere', () => {
    let [drawn, lines] = ['', ''];
    const bar = new Progress({ isTTY: true, write: (text) => (drawn += text) });
    const log = new Progress({ write: (text) => (lines += text) });
    for (const made of [1, 2, 4]) for (const progress of [bar, log]) progress.show('orders', made * 1_000, 4_000);
    expect(drawn).toMatch(/\r.*orders +█{30} 100 % {2}4,000 of 4,000\n$/);
    expect(lines).toBe('orders: 4,000 of 4,000\n');
  });
});
