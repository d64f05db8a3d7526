import { accountMutants } from './lists/accounts.js';
import { bootMutants, decisionMutants } from './lists/decision.js';
import { combinationMutants, declarationMutants } from './lists/declarations.js';
import { freshnessMutants } from './lists/freshness.js';
import { jobMutants } from './lists/jobs.js';
import { limitMutants } from './lists/limits.js';
import { orderMutants, paymentMutants, webhookMutants } from './lists/payments.js';
import { googleMutants, secondFactorMutants, signInMutants } from './lists/sign-in.js';
import { tokenMutants } from './lists/tokens.js';
import type { Mutant } from './mutant.js';

/** Every mutant there is; one more is an entry in a list, a list more is a file and a line here. */
export const mutants: readonly Mutant[] = [
  ...declarationMutants,
  ...combinationMutants,
  ...decisionMutants,
  ...freshnessMutants,
  ...limitMutants,
  ...bootMutants,
  ...tokenMutants,
  ...signInMutants,
  ...accountMutants,
  ...secondFactorMutants,
  ...googleMutants,
  ...webhookMutants,
  ...paymentMutants,
  ...orderMutants,
  ...jobMutants,
];
