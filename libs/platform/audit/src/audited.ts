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
const exempt = new Map<object, string>();

/**
 * Says that every change of the entity is written to the audit trail. The trigger that does it is made by the
 * entity's migration (`SELECT audit_table(…)`); the server doesn't start where the two differ.
 */
export function Audited(options: AuditedOptions): ClassDecorator {
  return (entity) => {
    declared.set(entity, options);
  };
}

/** Says that changes of the entity are not written to the trail, and why; one of both every entity has to say. */
export function Unaudited(reason: string): ClassDecorator {
  return (entity) => {
    exempt.set(entity, reason);
  };
}

/** Every audited entity class with its options. */
export function auditedEntities(): ReadonlyMap<object, AuditedOptions> {
  return declared;
}

/** Why changes of an entity aren't written to the trail; `undefined` where nobody has said so. */
export function exemption(entity: object): string | undefined {
  return exempt.get(entity);
}
