import { ApiExtension } from '@nestjs/swagger';
import type { ProblemCode } from './problem-codes.js';

/** Documents the refusals that a handler's own rules answer with, beyond those that follow from its access. */
export const Refuses = (...codes: readonly ProblemCode[]): MethodDecorator => ApiExtension('x-refusals', codes);
