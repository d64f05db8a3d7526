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
    serializers: { err: describeError },
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
  return LoggerModule.forRoot({ pinoHttp: { logger, serializers: { err: describeError } }, forRoutes: [] });
}

/**
 * What the log keeps of an error. Not its other properties: the driver's carry the statement's parameters and the
 * failing row, and with them hashes and addresses.
 */
function describeError(error: unknown): Record<string, unknown> {
  if (typeof error !== 'object' || error === null) return { message: String(error) };
  const of = (name: string): unknown => Reflect.get(error, name);
  // pino-http hands on what its own serializer made of the error, pino the error itself.
  const told = { type: of('type') ?? of('name'), message: of('message'), code: of('code'), stack: of('stack') };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
}

function isChatter(first: unknown): boolean {
  return typeof first === 'object' && first !== null && 'context' in first && chatter.has(String(first.context));
}
