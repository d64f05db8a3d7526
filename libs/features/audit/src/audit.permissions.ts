export const auditPermissions = {
  'read:audit': 'Read the audit trail',
  'verify:audit': 'Have the audit trail verified',
} as const;

declare global {
  interface GatehousePermissions extends Record<keyof typeof auditPermissions, true> {}
}
