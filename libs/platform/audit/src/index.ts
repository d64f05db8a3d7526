export { Audited, type AuditedOptions, auditedEntities } from './audited.js';
