import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { InjectThrottlerOptions, InjectThrottlerStorage, type ThrottlerModuleOptions } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Denial } from '../decision/denial.js';
import { Denials } from '../decision/denials.js';
import type { Principal } from '../decision/principal.js';
import { missing } from '../decision/requirements.js';
import type { Policy } from '../policy/policy.js';
import { PolicyRegistry } from '../policy/policy-registry.js';
import { ServedRoutes } from '../policy/served-routes.js';
import { clientNetwork } from './client-network.js';
import type { NamedLimit } from './limit-names.js';
import type { Bucket, Count, LimitStorage } from './limit-storage.js';

/** What a feature may implement so that a limit `per: 'account'` knows which account a body names. */
export abstract class AccountNaming {
  abstract accountIn(body: unknown): string | undefined;
}

/** How one limit stands for one caller. */
export interface LimitStanding extends NamedLimit {
  readonly remaining: number;
  /** Until the window ends; 0 where none is open. */
  readonly resetMs: number;
}

interface CompiledLimit extends NamedLimit {
  /** What the bucket takes before it ends the count: without end where the limit is in dry run. */
  readonly holds: number;
}

interface CompiledLimits {
  /** The default one first, unless the route's own stand in its place. */
  readonly rules: readonly CompiledLimit[];
  /** The RateLimit-Policy field, which is the same for every call. */
  readonly header: string;
}

interface Exceeded {
  readonly rule: CompiledLimit;
  readonly resetMs: number;
}

const none: readonly Exceeded[] = [];

/** Who calls, as far as limits go. */
interface Caller {
  readonly userId: string | undefined;
  readonly address: string;
  readonly body: unknown;
}

/** Names every limit in RATE_LIMIT_DRY_RUN. */
const all = '*';

/** The limit step of the guard chain: counts, says so in the answer's header, refuses what is too much. */
@Injectable()
export class RateLimiter implements OnModuleInit {
  private readonly logger = new Logger('Limits');
  private readonly compiled = new WeakMap<Policy, { user: CompiledLimits; anonymous: CompiledLimits }>();
  private readonly defaults: { user: NamedLimit; anonymous: NamedLimit };
  private readonly dryRun: ReadonlySet<string>;

  constructor(
    @InjectThrottlerStorage() private readonly storage: LimitStorage,
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly naming: AccountNaming,
    private readonly registry: PolicyRegistry,
    private readonly served: ServedRoutes,
    private readonly denials: Denials,
  ) {
    this.defaults = { user: defaultRule(options, 'user'), anonymous: defaultRule(options, 'anonymous') };
    this.dryRun = new Set(configuration.RATE_LIMIT_DRY_RUN);
  }

  onModuleInit(): void {
    this.served.check(() => this.offences());
    if (this.dryRun.size > 0) this.logger.warn(`in dry run, and refusing nothing: ${[...this.dryRun].join(', ')}`);
  }

  /**
   * Counts the call in each of its buckets: the user's behind a valid token, else the address's.
   * @throws Denial 429 with Retry-After when one of them is full.
   */
  count(
    policy: Policy,
    userId: string | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void | Promise<void> {
    if (policy.unlimited) return undefined;
    const limits = this.limitsOf(policy)[userId === undefined ? 'anonymous' : 'user'];
    const caller = { userId, address: request.ip, body: request.body };
    const buckets = limits.rules.map(
      (rule): Bucket => ({ key: this.keyOf(rule, caller), windowMs: rule.windowMs, holds: rule.holds }),
    );
    const counts = this.storage.count(buckets);
    const answer = (arrived: readonly Count[]) => {
      for (const { rule, resetMs } of tell(limits, arrived, reply)) {
        if (rule.holds === rule.limit) throw tooMany(rule, resetMs, userId);
        this.denials.wouldRefuse(policy, rule, userId, request);
      }
    };
    return counts instanceof Promise ? counts.then(answer) : answer(counts);
  }

  /**
   * How the limits stand of all that the caller may call: their own, their address's, and those of their account at
   * sign-in. Counts nothing.
   */
  async standing(principal: Principal, address: string): Promise<LimitStanding[]> {
    const caller = { userId: principal.id, address, body: { email: principal.email } };
    const now = principal.session.signedInAt.getTime();
    const open = this.registry.policies().filter((policy) => {
      // A second factor or a recent sign-in is a matter of signing in again; the limit is theirs all the same.
      const lacking = policy.isPublic ? undefined : missing({ ...policy, mfa: false }, principal, now);
      return !policy.unlimited && lacking === undefined;
    });
    const rules = [
      this.defaults.user,
      ...open.flatMap((policy) => this.limitsOf(policy).user.rules.filter(({ name }) => name !== defaultName)),
    ];
    const counts = await this.storage.read(rules.map((rule) => this.keyOf(rule, caller)));
    return rules.map((rule, index) => {
      const { hits, resetMs } = counts[index] ?? { hits: 0, resetMs: 0 };
      const { name, limit, windowMs, per } = rule;
      return { name, limit, windowMs, per, remaining: Math.max(0, limit - hits), resetMs };
    });
  }

  /** The limits of a call, the default one first. */
  limiting(policy: Policy, signedIn: boolean): readonly NamedLimit[] {
    return policy.unlimited ? [] : this.limitsOf(policy)[signedIn ? 'user' : 'anonymous'].rules;
  }

  private keyOf({ name, per }: NamedLimit, { userId, address, body }: Caller): string {
    if (per === 'caller' && userId !== undefined) return `${name}:u:${userId}`;
    const network = clientNetwork(address);
    const account = per === 'account' ? this.naming.accountIn(body) : undefined;
    return account === undefined ? `${name}:a:${network}` : `${name}:n:${account}@${network}`;
  }

  private limitsOf(policy: Policy): { user: CompiledLimits; anonymous: CompiledLimits } {
    const known = this.compiled.get(policy);
    if (known !== undefined) return known;
    const factor = this.configuration.RATE_LIMIT_FACTOR;
    const own = policy.limits.map((rule) => ({ ...rule, limit: rule.limit * factor }));
    const both = { user: this.compile(this.defaults.user, own), anonymous: this.compile(this.defaults.anonymous, own) };
    this.compiled.set(policy, both);
    return both;
  }

  private compile(fallback: NamedLimit, own: readonly NamedLimit[]): CompiledLimits {
    const counted = own.some(({ alone }) => alone === true) ? own : [fallback, ...own];
    const rules = counted.map((rule): CompiledLimit => {
      const dry = this.dryRun.has(rule.name) || this.dryRun.has(all);
      return { ...rule, holds: dry ? Number.MAX_SAFE_INTEGER : rule.limit };
    });
    const header = rules.map(({ name, limit, windowMs }) => `"${name}";q=${limit};w=${windowMs / 1_000}`).join(', ');
    return { rules, header };
  }

  private offences(): string[] {
    const names = this.registry
      .policies()
      .flatMap(({ name, limits }) => limits.map((rule) => [rule.name, name] as const));
    const shared = names.filter(([name], index) => names.findIndex(([other]) => other === name) < index);
    const unknown = [...this.dryRun].filter(
      (name) => name !== all && name !== defaultName && !names.some(([known]) => known === name),
    );
    return [
      ...shared.map(
        ([name, handler]) => `${handler} has a limit named ${name}, as another limit is: they would be one`,
      ),
      ...unknown.map((name) => `RATE_LIMIT_DRY_RUN names ${name}, and there is no such limit`),
    ];
  }
}

const defaultName = 'default';

function defaultRule(options: ThrottlerModuleOptions, name: string): NamedLimit {
  const throttler = (Array.isArray(options) ? options : options.throttlers).find((one) => one.name === name);
  if (typeof throttler?.limit !== 'number' || typeof throttler.ttl !== 'number')
    throw new Error(`no ${name} limit is configured`);
  return { name: defaultName, limit: throttler.limit, windowMs: throttler.ttl, per: 'caller' };
}

/**
 * Header fields after draft-ietf-httpapi-ratelimit-headers-10: quota and window of every limit, then what remains of
 * each, and for how long where its window is open.
 * @returns the limits that the call exceeds, in their order: those in dry run, and last the one that refuses it
 */
function tell({ rules, header }: CompiledLimits, counts: readonly Count[], reply: FastifyReply): readonly Exceeded[] {
  let remaining = '';
  let exceeded: readonly Exceeded[] = none;
  for (const [index, { hits, resetMs }] of counts.entries()) {
    const rule = rules[index];
    if (rule === undefined) break;
    const { name, limit } = rule;
    remaining += `${index === 0 ? '' : ', '}"${name}";r=${Math.max(0, limit - hits)}`;
    if (resetMs > 0) remaining += `;t=${Math.ceil(resetMs / 1_000)}`;
    if (hits > limit) exceeded = [...exceeded, { rule, resetMs }];
  }
  reply.header('ratelimit-policy', header);
  reply.header('ratelimit', remaining);
  return exceeded;
}

function tooMany({ name, limit, windowMs }: NamedLimit, resetMs: number, userId: string | undefined): Denial {
  const seconds = Math.max(1, Math.ceil(resetMs / 1_000));
  return new Denial(
    'TOO_MANY_REQUESTS',
    { detail: `Try again in ${seconds} s`, headers: { 'retry-after': String(seconds) } },
    { userId, required: [`limit ${name}: ${limit} in ${windowMs / 1_000} s`] },
  );
}
