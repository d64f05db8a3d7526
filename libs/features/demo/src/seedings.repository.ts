import { withoutEntries } from '@gatehouse/platform/audit';
import type { Transactions } from '@gatehouse/platform/database';
import { copyRows, type SeedPlan, type SeedStage } from '@gatehouse/platform/seeding';
import pg from 'pg';

/** A run of the seed as the database knows it. */
export interface Seeding extends SeedPlan {
  readonly made: Readonly<Record<SeedStage['things'], number>>;
  readonly finished: boolean;
}

// Any number does, as long as nothing else in the database locks the same one.
const seedingLock = 4_283_365_002;

const columns = `seed, users, products, orders, until, finished_at IS NOT NULL AS finished,
  json_build_object('users', users_made, 'products', products_made, 'orders', orders_made) AS made`;

/** The runs of the seed and all they write, over a connection of the tables' owner. */
export class SeedingsRepository {
  private constructor(private readonly client: pg.Client) {}

  /** Runs `work` over a connection of its own, which is closed afterwards. */
  static async with<T>(ownerUrl: string, work: (repository: SeedingsRepository) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      connectionString: ownerUrl,
      application_name: 'gatehouse-seed',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    // A connection that is lost fails the statement under way or the next one.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(new SeedingsRepository(client));
    } finally {
      await client.end();
    }
  }

  /** Whether nobody else seeds this database; holds the place until the connection ends. */
  async lock(): Promise<boolean> {
    const { rows } = await this.client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [
      seedingLock,
    ]);
    return rows[0]?.mine === true;
  }

  async ownsTables(): Promise<boolean> {
    const { rows } = await this.client.query<{ owns: boolean }>(
      "SELECT pg_has_role(relowner, 'USAGE') AS owns FROM pg_class WHERE oid = to_regclass('public.seedings')",
    );
    return rows[0]?.owns === true;
  }

  /** Whether the service's connection leads to the same database. */
  async reaches(service: Transactions): Promise<boolean> {
    const question = 'SELECT concat(current_database(), pg_postmaster_start_time()) AS database';
    const [theirs] = await service.query<{ database: string }>(question);
    const { rows } = await this.client.query<{ database: string }>(question);
    return rows[0]?.database === theirs?.database;
  }

  async find(seed: number): Promise<Seeding | undefined> {
    const { rows } = await this.client.query<Seeding>(`SELECT ${columns} FROM seedings WHERE seed = $1`, [seed]);
    return rows[0];
  }

  /** The least number that is greater than every seed used so far. */
  async unusedSeed(): Promise<number> {
    const { rows } = await this.client.query<{ next: number }>(
      'SELECT coalesce(max(seed), 0) + 1 AS next FROM seedings',
    );
    return rows[0]?.next ?? 1;
  }

  /** Begins a run, which is the trail's one entry about it: `facts` say who did. */
  begin({ seed, users, products, orders, until }: SeedPlan, now: Date, facts: object): Promise<void> {
    return this.transaction(async () => {
      await this.client.query("SELECT set_config('gatehouse.context', $1, true)", [JSON.stringify(facts)]);
      await this.client.query(
        `INSERT INTO seedings (seed, users, products, orders, until, users_made, products_made, orders_made, begun_at)
         VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $6)`,
        [seed, users, products, orders, until, now],
      );
    });
  }

  /** Writes the things numbered `from` to `to - 1`, and that they are there; answers how many rows they have. */
  add(seed: number, { things, tables }: SeedStage, from: number, to: number): Promise<number> {
    return this.transaction(async () => {
      // Writers that the lock would keep waiting are let through first, and not for longer than that.
      await this.client.query("SET LOCAL lock_timeout = '2s'");
      const names = tables.map(({ table }) => table);
      return withoutEntries(this.client, names, async () => {
        let rows = 0;
        for (const table of tables) rows += await copyRows(this.client, table, from, to);
        await this.client.query(`UPDATE seedings SET ${things}_made = $2 WHERE seed = $1`, [seed, to]);
        return rows;
      });
    });
  }

  /** Marks the run as finished and has the planner learn what the tables hold now. */
  async finish(seed: number, stages: readonly SeedStage[], now: Date): Promise<void> {
    const tables = stages.flatMap((stage) => stage.tables.map(({ table }) => table));
    await this.client.query(`VACUUM (ANALYZE) ${tables.join(', ')}`);
    await this.client.query('UPDATE seedings SET finished_at = $2 WHERE seed = $1', [seed, now]);
  }

  private async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.client.query('BEGIN');
    try {
      const result = await work();
      await this.client.query('COMMIT');
      return result;
    } catch (error) {
      await this.client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }
}
