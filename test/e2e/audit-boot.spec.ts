import { Audited, Unaudited, UndeclaredAuditError } from '@gatehouse/platform/audit';
import { Module, type Type } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Entity, PrimaryColumn } from 'typeorm';
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

/** Made when it is wanted: whatever `forFeature` has named once is an entity of the process from then on. */
function entitiesModule(): Type {
  @Module({
    imports: [TypeOrmModule.forFeature([ForgottenEntity, TriggerlessEntity, ExemptEntity, UndecidedEntity])],
  })
  class EntitiesModule {}
  return EntitiesModule;
}

/** What the boot says is wrong. */
async function offenders(database: TestDatabase, modules: readonly Type[] = []) {
  try {
    const api = await startApi({ database, modules });
    await api.close();
  } catch (error) {
    if (error instanceof UndeclaredAuditError) return error.offenders;
    throw error;
  }
  return [];
}

describe('a boot that would leave gaps in the audit trail', () => {
  it('fails where a trigger was switched off or made to say less behind the back of the service', async () => {
    const database = await createTestDatabase();
    try {
      expect(await offenders(database)).toEqual([]);
      await database.query('ALTER TABLE orders DISABLE TRIGGER audited');
      await database.query('DROP TRIGGER audited ON users');
      await database.query(
        "SELECT audit_table('users', 'user', 'id', '{email,canonical_email,name,password_hash}', '{updated_at,role}')",
      );
      expect((await offenders(database)).map((one) => one.split(' ')[0]).sort()).toEqual(['OrderEntity', 'UserEntity']);
    } finally {
      await database.drop();
    }
  });

  // Last, as entities that a module brings are remembered by the process.
  it('fails and names every entity that says nothing, both, or what the database does not do', async () => {
    const database = await createTestDatabase();
    try {
      expect(await offenders(database, [entitiesModule()])).toEqual([
        "ForgottenEntity is neither @Audited nor @Unaudited('because …')",
        'TriggerlessEntity is @Audited, and triggerless lacks the trigger that says the same: SELECT audit_table(…) in a migration',
        'UndecidedEntity is @Audited and @Unaudited at once',
      ]);
    } finally {
      await database.drop();
    }
  });
});
