export const jobsPermissions = {
  'read:job': 'See jobs: what waits, runs, is done or dead',
  'retry:job': 'Have dead jobs tried once more',
} as const;

declare global {
  interface GatehousePermissions extends Record<keyof typeof jobsPermissions, true> {}
}
