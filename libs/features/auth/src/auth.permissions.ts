export const authPermissions = {
  'revoke:session': "See and end other people's sessions",
} as const;

declare global {
  interface GatehousePermissions extends Record<keyof typeof authPermissions, true> {}
}
