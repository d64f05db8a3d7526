export interface AuditedOptions {
  /** What the trail calls it: the `resource` of GET /audit/:resource/:resourceId. */
  readonly resource: string;
  /** Column that names the one thing; `id` unless said otherwise. */
  readonly id?: string;
  /** Columns whose values never enter the trail, only the fact that they changed. */
  readonly redact?: readonly string[];
  /** Columns whose change alone is no event. */
  readonly ignore?: readonly string[];
}

const declared = new Map<object, AuditedOptions>();

/**
 * Says that every change of the entity is written to the audit trail. The trigger that does it is made by the
 * entity's migration (`SELECT audit_table(…)`); a test holds the two together.
 */
export function Audited(options: AuditedOptions): ClassDecorator {
  return (entity) => {
    declared.set(entity, options);
  };
}

/** Every audited entity class with its options. */
export function auditedEntities(): ReadonlyMap<object, AuditedOptions> {
  return declared;
}
