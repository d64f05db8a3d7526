import { describe, expect, it } from 'vitest';
import { ConfigurationError, readConfiguration } from './configuration.js';
import { envExample } from './env-example.js';
import { parseDuration, parseRate } from './rate.js';
import { variables } from './variables.js';

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfiguration(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

const production = {
  NODE_ENV: 'production',
  HOST: '0.0.0.0',
  DATABASE_URL: 'postgres://app@db/shop',
  PUBLIC_URL: 'https://shop.example',
  ENCRYPTION_KEYS: 'a:key',
  JWT_KEYS: '{}',
  SMTP_URL: 'smtp://mail',
  MAIL_FROM: 'shop@shop.example',
  STRIPE_API_KEY: 'sk_live_of_nobody',
  STRIPE_WEBHOOK_SECRET: 'whsec_of_nobody',
};

describe('readConfiguration', () => {
  it('needs nothing for a start on one machine', () => {
    expect(readConfiguration({})).toMatchObject({
      NODE_ENV: 'development',
      HOST: '127.0.0.1',
      PORT: 3000,
      PUBLIC_URL: 'http://localhost:3000',
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfiguration({ PORT: '', REDIS_URL: '' })).toMatchObject({ PORT: 3000 });
  });

  it('accepts a complete production environment', () => {
    expect(problemsOf(production)).toEqual([]);
  });

  it.each(['DATABASE_URL', 'PUBLIC_URL', 'ENCRYPTION_KEYS', 'SMTP_URL', 'MAIL_FROM', 'JWT_KEYS'])(
    'refuses production without %s',
    (name) => {
      const { [name]: _left, ...rest }: Record<string, string> = production;
      expect(problemsOf(rest)).toEqual([expect.stringMatching(new RegExp(`^${name}.* is required in production$`))]);
    },
  );

  it('names a malformed variable once, and every one of them', () => {
    const problems = problemsOf({ ...production, PUBLIC_URL: 'nonsense', PORT: '99999', LOG_LEVEL: 'loud' });
    expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual(['LOG_LEVEL', 'PORT', 'PUBLIC_URL']);
  });

  it.each(['*', 'https://*.example', 'https://shop.example/', 'https://shop.example,*'])(
    'refuses %s as allowed origins',
    (origins) => {
      expect(problemsOf({ ALLOWED_ORIGINS: origins })).toEqual([
        expect.stringContaining('ALLOWED_ORIGINS must be exact origins'),
      ]);
    },
  );

  it.each([
    [{ GOOGLE_CLIENT_ID: 'shop.apps.example' }, 'GOOGLE_CLIENT_SECRET'],
    [{ GOOGLE_CLIENT_SECRET: 'secret' }, 'GOOGLE_CLIENT_ID'],
  ])('refuses half a Google client: %o lacks %s', (half, lacking) => {
    expect(problemsOf(half)).toEqual([expect.stringMatching(new RegExp(`^${lacking} is required`))]);
    expect(problemsOf({ ...production, ...half })).toHaveLength(1);
  });

  it('S58 refuses the development provider of payments in production, and half of a Stripe account anywhere', () => {
    const { STRIPE_API_KEY: key, STRIPE_WEBHOOK_SECRET: secret, ...rest } = production;
    const development = [expect.stringMatching(/^STRIPE_API_KEY is required in production: .* development provider$/)];
    expect(problemsOf(rest)).toEqual(development);
    expect(problemsOf({ ...rest, STRIPE_WEBHOOK_SECRET: secret })).toEqual(development);
    for (const environment of [rest, {}]) {
      expect(problemsOf({ ...environment, STRIPE_API_KEY: key })).toEqual([
        'STRIPE_WEBHOOK_SECRET is required where STRIPE_API_KEY is set',
      ]);
    }
    expect(problemsOf({ STRIPE_WEBHOOK_SECRET: secret })).toHaveLength(1);
    expect(problemsOf({ STRIPE_API_KEY: 'sk_test_x\n', STRIPE_WEBHOOK_SECRET: secret })).toHaveLength(1);
    expect(problemsOf({ ...production, STRIPE_API_URL: 'http://api.example' })).toEqual([
      'STRIPE_API_URL must be https:// in production',
    ]);
  });

  it('reads how long an order waits for its payment', () => {
    expect(readConfiguration({}).ORDER_PAYMENT_WINDOW).toBe(3_600_000);
    expect(readConfiguration({ ORDER_PAYMENT_WINDOW: '30m' }).ORDER_PAYMENT_WINDOW).toBe(1_800_000);
    expect(problemsOf({ ORDER_PAYMENT_WINDOW: 'soon' })).toEqual([expect.stringMatching(/^ORDER_PAYMENT_WINDOW must/)]);
  });

  it.each(['PUBLIC_URL', 'GOOGLE_REDIRECT_URI', 'GOOGLE_AUTHORIZATION_URL', 'GOOGLE_TOKEN_URL', 'GOOGLE_USERINFO_URL'])(
    'refuses %s without TLS in production',
    (name) => {
      const problems = problemsOf({ ...production, [name]: 'http://stand-in.example/userinfo' });
      expect(problems).toEqual([`${name} must be https:// in production`]);
      expect(problemsOf({ ...production, [name]: 'https://stand-in.example/userinfo' })).toEqual([]);
    },
  );

  it('runs all limits dry in development only, and those that are named anywhere', () => {
    expect(problemsOf({ RATE_LIMIT_DRY_RUN: '*' })).toEqual([]);
    expect(problemsOf({ ...production, RATE_LIMIT_DRY_RUN: 'default, post-orders' })).toEqual([]);
    expect(problemsOf({ ...production, RATE_LIMIT_DRY_RUN: 'default,*' })).toEqual([
      'RATE_LIMIT_DRY_RUN must name the limits it means in production',
    ]);
    expect(problemsOf({ RATE_LIMIT_DRY_RUN: 'true!' })).toEqual([expect.stringContaining('must be names of limits')]);
  });

  it('reads lists and rates', () => {
    const { ALLOWED_ORIGINS, RATE_LIMIT_USER } = readConfiguration({
      ALLOWED_ORIGINS: 'https://a.example, http://localhost:5173',
      RATE_LIMIT_USER: '7/2h',
    });
    expect(ALLOWED_ORIGINS).toEqual(['https://a.example', 'http://localhost:5173']);
    expect(RATE_LIMIT_USER).toEqual({ limit: 7, windowMs: 7_200_000 });
  });
});

describe('durations and rates', () => {
  it.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '5', 'm', '0m', '-1m', '1.5h', '5 m', '5w', '1000000s'])('"%s" is none', (text) => {
    expect(() => parseDuration(text)).toThrow('is no duration');
  });

  it('reads a rate', () => {
    expect(parseRate('100/15m')).toEqual({ limit: 100, windowMs: 900_000 });
  });
});

describe('.env.example', () => {
  it('lists every variable with its documentation', () => {
    const text = envExample();
    for (const [name, type] of Object.entries(variables)) {
      expect(type.description, `${name} is documented`).toBeTruthy();
      expect(text).toContain(`\n# ${name}=`);
    }
  });
});
