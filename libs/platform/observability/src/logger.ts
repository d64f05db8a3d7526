import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { pino } from 'pino';

/** Nest says a line for each module and route at start; only what is unusual is worth reading. */
const chatter = new Set(['InstanceLoader', 'RouterExplorer', 'RoutesResolver', 'NestFactory', 'NestApplication']);

/** The process's log: one JSON object a line on standard output. */
export function loggingModule(level: 'error' | 'warn' | 'info' | 'debug'): DynamicModule {
  const logger = pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: ['*.password', '*.token', '*.accessToken', '*.refreshToken', '*.authorization', '*.cookie'],
    hooks: {
      logMethod(inputs, method, priority) {
        const [first] = inputs;
        if (priority < 40 && isChatter(first)) return;
        method.apply(this, inputs);
      },
    },
  });
  // The request line is written by the HTTP platform once the answer is out, so nestjs-pino needs no middleware.
  return LoggerModule.forRoot({ pinoHttp: { logger }, forRoutes: [] });
}

function isChatter(first: unknown): boolean {
  return typeof first === 'object' && first !== null && 'context' in first && chatter.has(String(first.context));
}
