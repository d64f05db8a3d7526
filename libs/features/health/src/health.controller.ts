import { Public, RateLimit } from '@gatehouse/access';
import { Bare, Draining, Problem } from '@gatehouse/platform/http';
import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { HealthCheckService, TypeOrmHealthIndicator } from '@nestjs/terminus';

const patienceMs = 1_500;

/** What an orchestrator asks: is the process alive, and should it get traffic. */
@ApiExcludeController()
@Controller('health')
@Public()
@RateLimit.exempt()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: TypeOrmHealthIndicator,
    private readonly draining: Draining,
  ) {}

  /** Asks nothing of any dependency: a database that is away is no reason to kill the process. */
  @Get('live')
  live(): Bare {
    return new Bare({ status: 'ok' });
  }

  @Get('ready')
  async ready(): Promise<Bare> {
    if (this.draining.active) throw new Problem('SERVICE_UNAVAILABLE', { detail: 'Shutting down' });
    const { status } = await this.health.check([() => this.database.pingCheck('database', { timeout: patienceMs })]);
    return new Bare({ status });
  }
}
