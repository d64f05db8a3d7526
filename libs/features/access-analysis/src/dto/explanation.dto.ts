import type { Check, Explanation, NamedLimit } from '@gatehouse/access';
import { problemCodes } from '@gatehouse/platform/http';
import { ApiProperty } from '@nestjs/swagger';

export class WayDto {
  permission!: string;
  @ApiProperty({ enum: ['role', 'grant'] })
  via!: string;
  /** The role that holds it; `null` for a grant. */
  role!: string | null;
  /** When the grant ends; `null` where it holds until it is taken away. */
  expiresAt!: Date | null;
}

export class CheckDto {
  @ApiProperty({ enum: ['session', 'role', 'permission', 'second-factor', 'recent-sign-in', 'owner'] })
  check!: string;
  /** `depends` on the session that the call would be made in; `not-reached` because a check before it refused. */
  @ApiProperty({ enum: ['passed', 'failed', 'depends', 'not-reached'] })
  outcome!: string;
  /** What it asks for, or what it found. */
  detail!: string;
  /** How the user comes to hold what is asked for. */
  through!: WayDto[];

  static of({ check, outcome, detail, through }: Check): CheckDto {
    return {
      check,
      outcome,
      detail,
      through: through.map(({ permission, via, role, expiresAt }) => ({ permission, via, role, expiresAt })),
    };
  }
}

export class ExplainedLimitDto {
  name!: string;
  /** @example "caller" */
  per!: string;
  quota!: number;
  windowSeconds!: number;

  static of({ name, per, limit, windowMs }: NamedLimit): ExplainedLimitDto {
    return { name, per, quota: limit, windowSeconds: windowMs / 1_000 };
  }
}

export class ExplanationDto {
  /** The route that the call reaches. @example "GET /api/orders/:id" */
  route!: string;
  /** @example "OrdersController.get" */
  handler!: string;
  /** Whether the handler would be reached, in a session as the checks that depend on it want it. */
  allowed!: boolean;
  /** Status of the refusal; `null` where the handler is reached, which answers as it will. */
  @ApiProperty({ type: Number, nullable: true })
  status!: number | null;
  /** Code of the refusal. */
  @ApiProperty({ enum: Object.keys(problemCodes), nullable: true })
  code!: string | null;
  /** Every check, in the order that the guard makes them in. */
  checks!: CheckDto[];
  /** What limits the call beside that: a limit is counted before the session is looked at. */
  limits!: ExplainedLimitDto[];

  static of({ route, handler, allowed, refusal, checks, limits }: Explanation): ExplanationDto {
    return {
      route,
      handler,
      allowed,
      status: refusal?.status ?? null,
      code: refusal?.code ?? null,
      checks: checks.map(CheckDto.of),
      limits: limits.map(ExplainedLimitDto.of),
    };
  }
}
