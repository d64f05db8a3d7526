import { AccessModule } from '@gatehouse/access';
import { features } from '@gatehouse/features';
import { PlatformModule, type Runtime } from '@gatehouse/platform/runtime';
import { type DynamicModule, Module } from '@nestjs/common';

@Module({})
export class ApiModule {
  static forRoot(runtime: Runtime): DynamicModule {
    const runsJobs = runtime.configuration.JOBS === 'inline';
    return {
      module: ApiModule,
      imports: [PlatformModule.forRoot(runtime, { runsJobs }), AccessModule, ...features(runtime.configuration)],
    };
  }
}
