import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import { makePartitions } from '@gatehouse/platform/audit';
import { migrate, revertLastMigration } from '@gatehouse/platform/database';

/**
 * Brings the database up to date as its owner: `migrate`, or takes the newest migration back: `migrate revert`.
 * Reads the two URLs itself, as the service's own start refuses a database that isn't migrated.
 */
export async function migrateCommand([direction]: readonly string[]): Promise<void> {
  if (existsSync('.env')) loadEnvFile('.env');
  const { DATABASE_OWNER_URL: owner, DATABASE_URL: application } = process.env;
  if (!owner || !application) {
    process.stderr.write(
      "Set DATABASE_OWNER_URL (the database's owner) and DATABASE_URL (the application's role); the embedded PostgreSQL migrates by itself\n",
    );
    process.exit(1);
  }
  try {
    if (direction === 'revert') {
      await revertLastMigration(owner);
      process.stdout.write('The newest migration is taken back\n');
      return;
    }
    const ran = await migrate(owner, application);
    await makePartitions(owner);
    process.stdout.write(ran.length === 0 ? 'Nothing to migrate\n' : `Migrated: ${ran.join(', ')}\n`);
  } catch (error) {
    process.stderr.write(`The migration failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
