import { AccessModule } from '@gatehouse/access';
import { features } from '@gatehouse/features';
import { PlatformModule, type Runtime } from '@gatehouse/platform/runtime';
import { type DynamicModule, Module } from '@nestjs/common';

/** The same parts as the API process, without a server in front of them; its jobs are started by `main`. */
@Module({})
export class WorkerModule {
  static forRoot(runtime: Runtime): DynamicModule {
    return {
      module: WorkerModule,
      imports: [PlatformModule.forRoot(runtime), AccessModule, ...features(runtime.configuration)],
    };
  }
}
