import { AccessModule } from '@gatehouse/access';
import { features } from '@gatehouse/features';
import { PlatformModule, type Runtime } from '@gatehouse/platform/runtime';
import { type DynamicModule, Module } from '@nestjs/common';

/** The same parts as the API process, without a server in front of them. */
@Module({})
export class CliModule {
  static forRoot(runtime: Runtime): DynamicModule {
    return {
      module: CliModule,
      imports: [PlatformModule.forRoot(runtime), AccessModule, ...features(runtime.configuration)],
    };
  }
}
