export const ordersPermissions = {
  'read:order': "See other people's orders",
  'update:order': "Carry other people's orders forward",
  'refund:order': "Give the money of other people's orders back",
} as const;

declare global {
  interface GatehousePermissions extends Record<keyof typeof ordersPermissions, true> {}
}
