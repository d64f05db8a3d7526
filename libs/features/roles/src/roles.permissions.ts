/** What the feature lets people be given. */
export const rolesPermissions = {
  'assign:role': "Change another user's role",
  'manage:role': 'Make, change and delete roles',
  'grant:permission': 'Grant permissions to users directly',
  'read:access': 'See who may do what, and why a call was refused',
} as const;

declare global {
  interface GatehousePermissions extends Record<keyof typeof rolesPermissions, true> {}
}
