import { AuditCoverage, Audited, Unaudited, UndeclaredAuditError } from '@gatehouse/platform/audit';
import { DataSource, Entity, PrimaryColumn } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { startApi } from '../kit/api.js';
import { createTestDatabase, type TestDatabase } from '../kit/test-database.js';

@Entity('forgotten')
class ForgottenEntity {
  @PrimaryColumn('uuid')
  id!: string;
}

@Entity('triggerless')
@Audited({ resource: 'triggerless' })
class TriggerlessEntity {
  @PrimaryColumn('uuid')
  id!: string;
}

@Entity('exempt')
@Unaudited('a test says so')
class ExemptEntity {
  @PrimaryColumn('uuid')
  id!: string;
}

@Entity('undecided')
@Unaudited('a test says so')
@Audited({ resource: 'undecided' })
class UndecidedEntity {
  @PrimaryColumn('uuid')
  id!: string;
}

/** What the boot says is wrong. */
async function offenders(boot: () => Promise<unknown>) {
  try {
    await boot();
  } catch (error) {
    if (error instanceof UndeclaredAuditError) return error.offenders;
    throw error;
  }
  return [];
}

const start = (database: TestDatabase) => async () => (await startApi({ database })).close();

describe('a boot that would leave gaps in the audit trail', () => {
  it('fails where a trigger was switched off or made to say less behind the back of the service', async () => {
    const database = await createTestDatabase();
    try {
      expect(await offenders(start(database))).toEqual([]);
      await database.query('ALTER TABLE orders DISABLE TRIGGER audited');
      await database.query('DROP TRIGGER audited ON users');
      await database.query(
        "SELECT audit_table('users', 'user', 'id', '{email,canonical_email,name,password_hash}', '{updated_at,role}')",
      );
      expect((await offenders(start(database))).map((one) => one.split(' ')[0]).sort()).toEqual([
        'OrderEntity',
        'UserEntity',
      ]);
    } finally {
      await database.drop();
    }
  });

  it('fails and names every entity that says nothing, both, or what the database does not do', async () => {
    const database = await createTestDatabase();
    // No module of an application: whatever a module has named once is an entity of every other one in the process.
    const entities = [ForgottenEntity, TriggerlessEntity, ExemptEntity, UndecidedEntity];
    const source = await new DataSource({ type: 'postgres', url: database.url, entities }).initialize();
    try {
      expect(await offenders(() => new AuditCoverage(source).onApplicationBootstrap())).toEqual([
        "ForgottenEntity is neither @Audited nor @Unaudited('because …')",
        'TriggerlessEntity is @Audited, and triggerless lacks the trigger that says the same: SELECT audit_table(…) in a migration',
        'UndecidedEntity is @Audited and @Unaudited at once',
      ]);
    } finally {
      await source.destroy();
      await database.drop();
    }
  });
});
