import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { answerProblem } from './answer-problem.js';

/** The one way from an exception to an answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerProblem(error, http.getRequest(), http.getResponse());
  }
}
