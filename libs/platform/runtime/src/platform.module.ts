import { AuditTrailModule } from '@gatehouse/platform/audit';
import { CacheModule } from '@gatehouse/platform/cache';
import { Clock } from '@gatehouse/platform/clock';
import { CONFIGURATION } from '@gatehouse/platform/config';
import { RequestContext } from '@gatehouse/platform/context';
import { DatabaseModule, transactionalPlugin } from '@gatehouse/platform/database';
import { EventsModule } from '@gatehouse/platform/events';
import { HttpModule } from '@gatehouse/platform/http';
import { JobsModule } from '@gatehouse/platform/jobs';
import { MailModule } from '@gatehouse/platform/mail';
import { loggingModule } from '@gatehouse/platform/observability';
import { RedisModule } from '@gatehouse/platform/redis';
import { SecretsModule } from '@gatehouse/platform/secrets';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ClsModule } from 'nestjs-cls';
import type { Runtime } from './runtime.js';

/** Everything that every feature stands on, made from one {@link Runtime}. */
@Global()
@Module({})
export class PlatformModule {
  /** `runsJobs`: this process works jobs off from its start on. */
  static forRoot({ configuration, databaseUrl, clock }: Runtime, { runsJobs = false } = {}): DynamicModule {
    return {
      module: PlatformModule,
      imports: [
        loggingModule(configuration.LOG_LEVEL),
        // Not forRoot, which puts a guard and an interceptor that do nothing in front of every handler.
        ClsModule.forFeature(),
        ClsModule.registerPlugins([transactionalPlugin()]),
        DatabaseModule.forRoot({ url: databaseUrl, poolSize: configuration.DATABASE_POOL_SIZE }),
        RedisModule.forRoot({ url: configuration.REDIS_URL, prefix: configuration.REDIS_PREFIX }),
        SecretsModule,
        CacheModule,
        JobsModule.forRoot({ runsJobs }),
        EventsModule,
        MailModule,
        HttpModule,
        AuditTrailModule,
      ],
      providers: [
        { provide: CONFIGURATION, useValue: configuration },
        { provide: Clock, useValue: clock },
        RequestContext,
      ],
      exports: [CONFIGURATION, Clock, RequestContext],
    };
  }
}
