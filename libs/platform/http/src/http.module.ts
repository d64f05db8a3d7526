import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { Cursors } from './cursors.js';
import { Draining } from './draining.js';
import { ProblemFilter } from './problem.filter.js';
import { Refusals } from './refusals.js';
import { validationPipe } from './validation.js';

/** What every answer goes through: validation on the way in, the problem form on the way out. */
@Global()
@Module({
  providers: [
    Cursors,
    Draining,
    Refusals,
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_PIPE, useFactory: validationPipe },
  ],
  exports: [Cursors, Draining, Refusals],
})
export class HttpModule {}
