import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { Problem } from '@gatehouse/platform/http';
import { Inject, Injectable } from '@nestjs/common';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  normalizeIp,
  type ThrottlerModuleOptions,
} from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Policy } from '../policy/policy.js';
import type { LimitRule, LimitSubject } from '../vocabulary/declaration.js';
import type { Bucket, Count, LimitStorage } from './limit-storage.js';

/** What a feature may implement so that a limit `per: 'account'` knows which account a body names. */
export abstract class AccountNaming {
  abstract accountIn(body: unknown): string | undefined;
}

interface CompiledRule {
  readonly label: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly per: LimitSubject;
  readonly keyPrefix: string;
}

interface CompiledLimits {
  readonly rules: readonly CompiledRule[];
  /** The RateLimit-Policy field, which is the same for every call. */
  readonly header: string;
}

/** The limit step of the guard chain: counts, says so in the answer's header, refuses what is too much. */
@Injectable()
export class RateLimiter {
  private readonly compiled = new WeakMap<Policy, { user: CompiledLimits; anonymous: CompiledLimits }>();
  private readonly defaults: { user: LimitRule; anonymous: LimitRule };

  constructor(
    @InjectThrottlerStorage() private readonly storage: LimitStorage,
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly naming: AccountNaming,
  ) {
    this.defaults = { user: defaultRule(options, 'user'), anonymous: defaultRule(options, 'anonymous') };
  }

  /**
   * Counts the call in each of its buckets: the user's behind a valid token, else the address's.
   * @throws Problem 429 with Retry-After when one of them is full.
   */
  count(
    policy: Policy,
    userId: string | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void | Promise<void> {
    if (policy.unlimited) return undefined;
    const limits = this.limitsOf(policy)[userId === undefined ? 'anonymous' : 'user'];
    const buckets = limits.rules.map(
      (rule): Bucket => ({ key: this.keyOf(rule, userId, request), windowMs: rule.windowMs }),
    );
    const counts = this.storage.count(buckets);
    return counts instanceof Promise
      ? counts.then((arrived) => answer(limits, arrived, reply))
      : answer(limits, counts, reply);
  }

  private keyOf({ keyPrefix, per }: CompiledRule, userId: string | undefined, request: FastifyRequest): string {
    if (per === 'caller' && userId !== undefined) return `${keyPrefix}u:${userId}`;
    // A single IPv6 client owns a whole /64: counting addresses one by one would count nothing.
    const address = normalizeIp(request.ip, 64);
    const account = per === 'account' ? this.naming.accountIn(request.body) : undefined;
    return account === undefined ? `${keyPrefix}a:${address}` : `${keyPrefix}n:${account}@${address}`;
  }

  private limitsOf(policy: Policy): { user: CompiledLimits; anonymous: CompiledLimits } {
    const known = this.compiled.get(policy);
    if (known !== undefined) return known;
    const own = policy.limits.map((rule, index): CompiledRule => {
      const label = policy.limits.length > 1 ? `${policy.name}-${index + 1}` : policy.name;
      return { ...rule, limit: rule.limit * this.configuration.RATE_LIMIT_FACTOR, label, keyPrefix: `${label}:` };
    });
    const both = { user: compile(this.defaults.user, own), anonymous: compile(this.defaults.anonymous, own) };
    this.compiled.set(policy, both);
    return both;
  }
}

function defaultRule(options: ThrottlerModuleOptions, name: string): LimitRule {
  const throttler = (Array.isArray(options) ? options : options.throttlers).find((one) => one.name === name);
  if (typeof throttler?.limit !== 'number' || typeof throttler.ttl !== 'number')
    throw new Error(`no ${name} limit is configured`);
  return { limit: throttler.limit, windowMs: throttler.ttl, per: 'caller' };
}

function compile(fallback: LimitRule, own: readonly CompiledRule[]): CompiledLimits {
  const rules = [{ ...fallback, label: 'default', keyPrefix: 'default:' }, ...own];
  const header = rules.map(({ label, limit, windowMs }) => `"${label}";q=${limit};w=${windowMs / 1_000}`).join(', ');
  return { rules, header };
}

/** Header fields after draft-ietf-httpapi-ratelimit-headers: quota and window, then what remains and for how long. */
function answer({ rules, header }: CompiledLimits, counts: readonly Count[], reply: FastifyReply): void {
  let remaining = '';
  let retryMs = 0;
  for (const [index, { label, limit }] of rules.entries()) {
    const { hits, resetMs } = counts[index] ?? { hits: 0, resetMs: 0 };
    remaining += `${index === 0 ? '' : ', '}"${label}";r=${Math.max(0, limit - hits)};t=${Math.ceil(resetMs / 1_000)}`;
    if (hits > limit) retryMs = Math.max(retryMs, resetMs);
  }
  reply.header('ratelimit-policy', header);
  reply.header('ratelimit', remaining);
  if (retryMs > 0) {
    const seconds = Math.max(1, Math.ceil(retryMs / 1_000));
    throw new Problem('TOO_MANY_REQUESTS', {
      detail: `Try again in ${seconds} s`,
      headers: { 'retry-after': String(seconds) },
    });
  }
}
