import type { ClientBase } from 'pg';

/**
 * Runs `work` without the entry of the trail that each row of the tables would have had: for whoever loads them in bulk
 * and has written one entry that stands for all. Only the tables' owner can, as it is done by `ALTER TABLE`.
 *
 * The first statement of the client's open transaction must be this one. It locks the tables against every other writer
 * until the transaction ends, and so nobody else's change can slip by while the triggers are off; readers go on.
 */
export async function withoutEntries<T>(
  client: ClientBase,
  tables: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
     WHERE tgname = 'audited' AND relnamespace = 'public'::regnamespace AND relname = ANY ($1) ORDER BY relname`,
    [tables],
  );
  for (const { name } of rows) await client.query(`ALTER TABLE public."${name}" DISABLE TRIGGER audited`);
  const result = await work();
  for (const { name } of rows) await client.query(`ALTER TABLE public."${name}" ENABLE TRIGGER audited`);
  return result;
}
