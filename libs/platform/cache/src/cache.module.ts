import { Global, Module } from '@nestjs/common';
import { SharedCache } from './shared-cache.js';
import { VersionedCache } from './versioned-cache.js';

@Global()
@Module({ providers: [SharedCache, VersionedCache], exports: [VersionedCache] })
export class CacheModule {}
