import { CONFIGURATION } from '@gatehouse/platform/config';
import { Global, Module } from '@nestjs/common';
import { AuditCoverage } from './audit-coverage.js';
import { AuditKeys } from './ledger/audit-keys.js';
import { Sealer } from './ledger/sealer.js';
import { SecurityEvents } from './security-events.js';

/** What writes to the audit trail beside the triggers of the audited tables, and what seals it. */
@Global()
@Module({
  providers: [
    SecurityEvents,
    AuditCoverage,
    { provide: AuditKeys, inject: [CONFIGURATION], useFactory: AuditKeys.load },
    Sealer,
  ],
  exports: [SecurityEvents, AuditKeys, Sealer],
})
export class AuditTrailModule {}
