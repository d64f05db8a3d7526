export const usersPermissions = {
  'read:user': "See other people's accounts",
  'create:user': 'Make accounts for other people',
  'update:user': "Change other people's accounts",
  'delete:user': "Delete other people's accounts",
} as const;

declare global {
  interface GatehousePermissions extends Record<keyof typeof usersPermissions, true> {}
}
