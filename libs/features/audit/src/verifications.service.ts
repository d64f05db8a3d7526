import {
  AuditKeys,
  floorId,
  HeadFile,
  SecurityEvents,
  type Verification,
  verifyTrail,
  withDatabaseSource,
} from '@gatehouse/platform/audit';
import { Clock } from '@gatehouse/platform/clock';
import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { DATABASE_URL } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import { Inject, Injectable } from '@nestjs/common';
import pg from 'pg';
import { AuditRepository } from './audit.repository.js';
import type { PeriodQuery } from './dto/audit-queries.dto.js';
import { VerificationDto } from './dto/verification.dto.js';

/** As many as are verified well within the time that an answer may take. */
const mostEntries = 100_000;
const usualMs = 24 * 60 * 60_000;

/** Verifies a stretch of the trail for whoever asks; one at a time, as each reads a hundred thousand entries. */
@Injectable()
export class VerificationsService {
  private busy = false;

  constructor(
    @Inject(DATABASE_URL) private readonly url: string,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly keys: AuditKeys,
    private readonly repository: AuditRepository,
    private readonly events: SecurityEvents,
    private readonly clock: Clock,
  ) {}

  /** What was written in the period: the last day unless said otherwise. */
  async verify({ from, to = this.clock.now() }: PeriodQuery): Promise<VerificationDto> {
    const period = { from: from ?? new Date(to.getTime() - usualMs), to };
    if ((await this.repository.count(period, mostEntries + 1)) > mostEntries) throw tooMany();
    if (this.busy) throw new Problem('SERVICE_UNAVAILABLE', { headers: { 'retry-after': '5' } });
    this.busy = true;
    try {
      const found = VerificationDto.of(period, await this.verification(period));
      this.events.record({
        action: 'audit.verified',
        outcome: 'done',
        subject: { resource: 'audit', id: 'trail' },
        details: { ...period, holds: found.holds, findings: found.findingsTotal, entries: found.entries },
      });
      return found;
    } finally {
      this.busy = false;
    }
  }

  private async verification({ from, to }: { from: Date; to: Date }): Promise<Verification> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'gatehouse-verification',
      connectionTimeoutMillis: 2_000,
      statement_timeout: 8_000,
    });
    await client.connect();
    try {
      return await withDatabaseSource(client, { from: floorId(from), to: floorId(to) }, async (source) => {
        const { AUDIT_HEAD_DIR, DATA_DIR } = this.configuration;
        const head = await new HeadFile(AUDIT_HEAD_DIR ?? DATA_DIR, source.trail).read();
        return verifyTrail(source, this.keys, head);
      });
    } finally {
      await client.end();
    }
  }
}

function tooMany(): Problem {
  const message = 'holds more than 100,000 entries: ask for less, or use `npm run audit -- verify`';
  return new Problem('VALIDATION_FAILED', { errors: [{ field: 'from', message }] });
}
