import { z } from 'zod';
import { durationPattern, parseDuration, parseRate, type Rate } from './rate.js';

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
const integer = (fallback: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);
const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false'])
    .default(fallback ? 'true' : 'false')
    .transform((text) => text === 'true');
const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be a URL with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });
const rate = (fallback: string) =>
  z
    .string()
    .regex(durationPattern, 'must look like 100/15m')
    .default(fallback)
    .transform((text): Rate => parseRate(text));

const duration = (fallback: string) =>
  z
    .string()
    .regex(/^[1-9]\d{0,5}[smhd]$/, 'must look like 30s, 5m, 24h or 7d')
    .default(fallback)
    .transform((text) => parseDuration(text));
/** Keys are printable and without spaces: a line break that was copied along is named here and not by a failing call. */
const key = (pattern: RegExp, error: string) => z.string().regex(pattern, error).optional();

/** An origin as a browser sends it: scheme, host and port, nothing after; `*` is never one (S45). */
const origin = z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text && !text.includes('*'), {
  error: 'must be exact origins such as https://shop.example, never * and no path',
});

/**
 * Every environment variable the service reads, with its documentation: the one schema that types the
 * configuration, that says what is wrong with it, and that `.env.example` is printed from.
 */
export const variables = {
  NODE_ENV: z
    .enum(['development', 'production'])
    .optional()
    .describe('development or production. Unset means development, and only on loopback and without DATABASE_URL.'),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on; 0.0.0.0 in a container.'),
  PORT: integer(3000, 0, 65535).describe('Port to listen on; 0 takes a free one.'),
  PUBLIC_URL: url('http:', 'https:')
    .optional()
    .describe('Where people reach the service; links in mail are built from it. Default http://localhost:PORT.'),
  DATA_DIR: z
    .string()
    .min(1)
    .default('.data')
    .describe('Folder of the embedded PostgreSQL, mail files, development keys.'),
  DATABASE_URL: url('postgres:', 'postgresql:')
    .optional()
    .describe("PostgreSQL >= 15 as the application's lesser role. Unset: the embedded PostgreSQL (development)."),
  DATABASE_OWNER_URL: url('postgres:', 'postgresql:')
    .optional()
    .describe(
      'The same database as its owner, for `npm run migrate` and `npm run seed` with sizes; not needed by the running service.',
    ),
  DATABASE_POOL_SIZE: integer(10, 1, 200).describe('Connections a process keeps to PostgreSQL at the most.'),
  REDIS_URL: url('redis:', 'rediss:')
    .optional()
    .describe('Redis shared by several processes (cache, limits). Unset: memory of this process.'),
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w:-]{1,64}$/, 'must be letters, digits, _ - or :')
    .default('gatehouse:')
    .describe('Begins every key in Redis, so that several installations may share one.'),
  JWT_ISSUER: z.string().min(1).default('gatehouse').describe('`iss` of access tokens.'),
  JWT_AUDIENCE: z.string().min(1).default('gatehouse').describe('`aud` of access tokens.'),
  JWT_KEYS: z
    .string()
    .optional()
    .describe(
      'Signing keys as a JWK Set of private Ed25519 or P-256 keys with `kid`. The newest whose `nbf` has come signs, each verifies until its `exp`; `npm run keys`.',
    ),
  JWT_KEYS_FILE: z
    .string()
    .optional()
    .describe('A file holding what JWT_KEYS would, read again when it changes. Development makes its own.'),
  ENCRYPTION_KEYS: z
    .string()
    .optional()
    .describe(
      'Key ring `id:base64,…` of 32-byte keys; the first one is used, the rest are still read. `npm run keys`.',
    ),
  JOBS: z
    .enum(['inline', 'worker'])
    .optional()
    .describe(
      'Who runs jobs: inline, the API process itself (default in development), or worker, `npm run worker` alone (default in production).',
    ),
  JOB_LEASE: integer(20, 2, 300).describe(
    'Seconds after which the jobs of a process that is gone are given to another one.',
  ),
  SMTP_URL: url('smtp:', 'smtps:')
    .optional()
    .describe('Mail server. Unset: each mail becomes a file in DATA_DIR/mail (development).'),
  MAIL_FROM: z.string().min(3).default('Gatehouse <gatehouse@localhost>').describe('Sender of mails.'),
  ALLOWED_ORIGINS: list
    .pipe(z.array(origin))
    .describe('Browser origins that may call the API, comma-separated and exact. Empty: same origin only.'),
  TRUSTED_PROXIES: list
    .pipe(z.array(z.string().regex(/^[0-9a-fA-F:.]+(\/\d{1,3})?$/, 'must be addresses or CIDR ranges')))
    .describe('Addresses or ranges whose X-Forwarded-For is believed, comma-separated. Empty: none.'),
  GOOGLE_CLIENT_ID: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be the id that Google gave, without spaces')
    .optional()
    .describe('OAuth client for sign-in with Google. Unset: its routes are not served (404) and not documented.'),
  GOOGLE_CLIENT_SECRET: z.string().optional().describe('The secret of that client; needed with GOOGLE_CLIENT_ID.'),
  GOOGLE_REDIRECT_URI: url('http:', 'https:')
    .optional()
    .describe('Where Google sends people back to, as registered there. Default PUBLIC_URL/api/auth/google/callback.'),
  GOOGLE_AUTHORIZATION_URL: url('http:', 'https:')
    .default('https://accounts.google.com/o/oauth2/v2/auth')
    .describe("Google's page for signing in, or a stand-in's; http:// outside production only, as for the next two."),
  GOOGLE_TOKEN_URL: url('http:', 'https:')
    .default('https://oauth2.googleapis.com/token')
    .describe('Where a code of Google is exchanged.'),
  GOOGLE_USERINFO_URL: url('http:', 'https:')
    .default('https://openidconnect.googleapis.com/v1/userinfo')
    .describe('Where Google says who somebody is (OpenID Connect userinfo).'),
  GOOGLE_ISSUER: z
    .string()
    .min(1)
    .default('https://accounts.google.com')
    .describe('Half of the key (issuer, subject) by which linked accounts are known; another one unlinks them all.'),
  STRIPE_API_KEY: key(
    /^[\x21-\x7e]{8,255}$/,
    'must be the secret or restricted key that Stripe gave, without spaces',
  ).describe(
    'Secret or restricted key of Stripe (`sk_…`, `rk_…`). Unset: the development provider, which moves no money and which production refuses.',
  ),
  STRIPE_WEBHOOK_SECRET: key(
    /^[\x21-\x7e]{8,255}$/,
    'must be the signing secret of the endpoint, without spaces',
  ).describe(
    'Signing secret of the webhook endpoint PUBLIC_URL/api/payments/webhook (`whsec_…`); needed with STRIPE_API_KEY.',
  ),
  STRIPE_API_URL: url('http:', 'https:')
    .default('https://api.stripe.com')
    .describe("Origin of Stripe's API, or of a stand-in's; http:// outside production only."),
  ORDER_PAYMENT_WINDOW: duration('1h').describe(
    'How long an order waits to be paid before it is cancelled and its pieces go back (s, m, h, d).',
  ),
  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug']).default('info').describe('Least level that is logged.'),
  BODY_LIMIT: integer(1_048_576, 1_024, 104_857_600).describe('Largest request body in bytes.'),
  REQUEST_TIMEOUT_MS: integer(15_000, 1_000, 120_000).describe('Longest a client may take to send its request, in ms.'),
  HANDLER_TIMEOUT_MS: integer(10_000, 100, 120_000).describe('Longest an answer may take before it is 503, in ms.'),
  RATE_LIMIT_ANONYMOUS: rate('100/15m').describe(
    'Requests from an address without a valid token: count/window (s, m, h).',
  ),
  RATE_LIMIT_USER: rate('1000/15m').describe('Requests of a signed-in user: count/window.'),
  RATE_LIMIT_FACTOR: integer(1, 1, 1_000_000).describe(
    'Multiplies every limit that a route declares, for load tests; production accepts 1 only.',
  ),
  RATE_LIMIT_DRY_RUN: list
    .pipe(z.array(z.string().regex(/^([a-z0-9-]+|\*)$/, 'must be names of limits, or *')))
    .describe(
      'Limits that count and log what they would refuse, and refuse nothing: names, comma-separated; * is every one (development).',
    ),
  DEMO_DATA: flag(true).describe('Make demo personas and products in an empty database; development only.'),
  DOCS: flag(true).describe('Serve Swagger UI at /docs and OpenAPI at /docs-json.'),
} as const;

export const schema = z.object(variables);

/** The service's configuration: one typed field for each variable of {@link variables}. */
export type Variables = z.infer<typeof schema>;
