import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Problem } from './problem.js';

type Listener = (problem: Problem, request: FastifyRequest) => void;

/** Tells who wants to know of every refusal that is answered, whichever step of the request it came from. */
@Injectable()
export class Refusals {
  private readonly listeners: Listener[] = [];

  /** For `onModuleInit`. The listener is called after the answer is on its way, and must not throw. */
  on(listener: Listener): void {
    this.listeners.push(listener);
  }

  tell(problem: Problem, request: FastifyRequest): void {
    for (const listener of this.listeners) listener(problem, request);
  }
}
