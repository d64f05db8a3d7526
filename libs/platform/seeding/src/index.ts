export { copyRows } from './copy-rows.js';
export { Draw } from './draw.js';
export { type Display, Progress } from './progress.js';
export {
  arrivalOf,
  arrivedBy,
  momentOf,
  phaseOf,
  type SeedPlan,
  type SeedStage,
  type SeedTable,
  type SeedValue,
} from './seed-plan.js';
export { greatestSeed, seededId } from './seeded-id.js';
