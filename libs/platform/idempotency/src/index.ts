export { IdempotencyKeys } from './idempotency-keys.js';
export { Idempotent } from './idempotent.js';
