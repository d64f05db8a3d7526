export const reviewsPermissions = {
  'moderate:review': 'Take reviews out of public sight',
} as const;

declare global {
  interface GatehousePermissions extends Record<keyof typeof reviewsPermissions, true> {}
}
