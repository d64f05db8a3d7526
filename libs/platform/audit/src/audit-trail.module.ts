import { Global, Module } from '@nestjs/common';
import { SecurityEvents } from './security-events.js';

/** What writes to the audit trail beside the triggers of the audited tables. */
@Global()
@Module({ providers: [SecurityEvents], exports: [SecurityEvents] })
export class AuditTrailModule {}
