import { z } from 'zod';
import { schema, type Variables } from './variables.js';

/** What the process runs by; read once at start and injected from then on. */
export interface Configuration extends Readonly<Omit<Variables, 'NODE_ENV' | 'PUBLIC_URL' | 'JOBS'>> {
  readonly NODE_ENV: 'development' | 'production';
  readonly PUBLIC_URL: string;
  readonly JOBS: 'inline' | 'worker';
}

/** Injection token of the {@link Configuration}. */
export const CONFIGURATION = Symbol('Configuration');

/** Something the operator must mend; its message names every problem, one a line. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/**
 * Reads the configuration from environment variables; an empty variable counts as unset.
 * @throws ConfigurationError naming every missing, malformed or too weak variable at once.
 */
export function readConfiguration(environment: Record<string, string | undefined>): Configuration {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(given);
  const problems = parsed.success ? [] : parsed.error.issues.map(describeIssue);
  const named = new Set(problems.map((problem) => problem.split(' ')[0]));
  const policy = [
    ...modeProblems(given),
    ...googleProblems(given),
    ...stripeProblems(given),
    ...(given.NODE_ENV === 'production' ? productionProblems(given) : []),
  ];
  // A variable that is malformed is named once, by what is wrong with its text.
  problems.push(...policy.filter((problem) => !named.has(problem.split(' ')[0])));
  if (!parsed.success || problems.length > 0) throw new ConfigurationError(problems);
  const { NODE_ENV = 'development', PUBLIC_URL = `http://localhost:${parsed.data.PORT}`, ...others } = parsed.data;
  const { JOBS = NODE_ENV === 'production' ? 'worker' : 'inline', ...rest } = others;
  return { ...rest, NODE_ENV, PUBLIC_URL, JOBS };
}

type Given = Record<string, string | undefined>;

function describeIssue(issue: z.core.$ZodIssue): string {
  return `${String(issue.path[0])} ${issue.message.replace(/^Invalid input: /, '')}`;
}

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

/** Without NODE_ENV nobody has said that the relaxed rules of development are meant: only a private start is. */
function modeProblems(given: Given): string[] {
  if (given.NODE_ENV !== undefined) return [];
  const open = given.HOST !== undefined && !loopback.has(given.HOST);
  if (!open && given.DATABASE_URL === undefined) return [];
  const why = open ? `HOST is ${given.HOST}` : 'DATABASE_URL is set';
  return [`NODE_ENV must be set to development or production because ${why}`];
}

/** Half a client is a mistake, which would show at the first sign-in only. */
function googleProblems(given: Given): string[] {
  const { GOOGLE_CLIENT_ID: id, GOOGLE_CLIENT_SECRET: secret } = given;
  if ((id === undefined) === (secret === undefined)) return [];
  return id === undefined
    ? ['GOOGLE_CLIENT_ID is required where GOOGLE_CLIENT_SECRET is set']
    : ['GOOGLE_CLIENT_SECRET is required where GOOGLE_CLIENT_ID is set'];
}

/** A key without the other would take payments and believe nobody who tells of them, or tell of payments nobody takes. */
function stripeProblems(given: Given): string[] {
  const { STRIPE_API_KEY: key, STRIPE_WEBHOOK_SECRET: secret, NODE_ENV } = given;
  if (key !== undefined && secret === undefined) {
    return ['STRIPE_WEBHOOK_SECRET is required where STRIPE_API_KEY is set'];
  }
  if (key !== undefined) return [];
  if (NODE_ENV === 'production') {
    return ['STRIPE_API_KEY is required in production: without it payments would go to the development provider'];
  }
  return secret === undefined ? [] : ['STRIPE_API_KEY is required where STRIPE_WEBHOOK_SECRET is set'];
}

/** What carries a secret, a code or a person's data on its way. */
const encrypted = [
  'PUBLIC_URL',
  'GOOGLE_REDIRECT_URI',
  'GOOGLE_AUTHORIZATION_URL',
  'GOOGLE_TOKEN_URL',
  'GOOGLE_USERINFO_URL',
  'STRIPE_API_URL',
] as const;

function productionProblems(given: Given): string[] {
  const problems: string[] = [];
  for (const name of ['DATABASE_URL', 'PUBLIC_URL', 'ENCRYPTION_KEYS', 'SMTP_URL', 'MAIL_FROM']) {
    if (given[name] === undefined) problems.push(`${name} is required in production`);
  }
  if (given.JWT_KEYS === undefined && given.JWT_KEYS_FILE === undefined) {
    problems.push('JWT_KEYS or JWT_KEYS_FILE is required in production');
  }
  for (const name of encrypted) {
    const text = given[name];
    if (text !== undefined && !/^https:/i.test(text)) problems.push(`${name} must be https:// in production`);
  }
  if (given.RATE_LIMIT_FACTOR !== undefined && given.RATE_LIMIT_FACTOR !== '1') {
    problems.push('RATE_LIMIT_FACTOR must be 1 in production');
  }
  if (given.RATE_LIMIT_DRY_RUN?.includes('*')) {
    problems.push('RATE_LIMIT_DRY_RUN must name the limits it means in production');
  }
  return problems;
}
