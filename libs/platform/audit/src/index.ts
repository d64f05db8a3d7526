export { AuditTrailModule } from './audit-trail.module.js';
export { Audited, type AuditedOptions, auditedEntities } from './audited.js';
export { type SecurityAction, type SecurityEvent, SecurityEvents } from './security-events.js';
export { withoutEntries } from './summarised.js';
