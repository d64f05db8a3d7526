import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { type AuditedOptions, auditedEntities, exemption } from './audited.js';

/** The trail would have gaps; the message names every one. */
export class UndeclaredAuditError extends Error {
  override readonly name = 'UndeclaredAuditError';

  constructor(readonly offenders: readonly string[]) {
    super(`The audit trail would have gaps, so nothing is served:\n${offenders.map((one) => `  - ${one}`).join('\n')}`);
  }
}

interface Trigger {
  readonly table: string;
  readonly args: Buffer;
  readonly events: number;
  readonly enabled: string;
}

/** Bits of pg_trigger.tgtype: a row's 1, insert 4, delete 8, update 16; neither before (2) nor truncate (32). */
const everyRowAfterwards = 29;

/**
 * Keeps the server from starting where an entity says neither that it is audited nor why not, or where the database
 * lacks the trigger that it declares.
 */
@Injectable()
export class AuditCoverage implements OnApplicationBootstrap {
  constructor(@InjectDataSource() private readonly source: DataSource) {}

  async onApplicationBootstrap(): Promise<void> {
    const triggers = await this.source.query<Trigger[]>(
      `SELECT tgrelid::regclass::text AS "table", tgargs AS args, tgtype AS events, tgenabled AS enabled
       FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE proname = 'audit_row' AND NOT tgisinternal`,
    );
    const offenders = this.source.entityMetadatas.flatMap(({ target, targetName, tableName }) => {
      if (typeof target !== 'function') return [];
      const options = auditedEntities().get(target);
      const reason = exemption(target);
      if (options === undefined && reason === undefined)
        return [`${targetName} is neither @Audited nor @Unaudited('because …')`];
      if (options === undefined) return [];
      if (reason !== undefined) return [`${targetName} is @Audited and @Unaudited at once`];
      const found = triggers.find(({ table }) => table === tableName);
      return isSound(found, options)
        ? []
        : [
            `${targetName} is @Audited, and ${tableName} lacks the trigger that says the same: SELECT audit_table(…) in a migration`,
          ];
    });
    if (offenders.length > 0) throw new UndeclaredAuditError(offenders);
  }
}

function isSound(trigger: Trigger | undefined, { resource, id = 'id', redact, ignore }: AuditedOptions): boolean {
  if (trigger?.enabled !== 'O' || trigger.events !== everyRowAfterwards) return false;
  const list = (names: readonly string[] = []) => `{${names.join(',')}}`;
  const said = [resource, id, list(redact), list(ignore)].join('\0');
  return trigger.args.toString() === `${said}\0`;
}
