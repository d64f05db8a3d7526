export const productsPermissions = {
  'create:product': 'Add products to the catalogue',
  'update:product': 'Change products and their stock',
  'delete:product': 'Take products out of the catalogue',
} as const;

declare global {
  interface GatehousePermissions extends Record<keyof typeof productsPermissions, true> {}
}
