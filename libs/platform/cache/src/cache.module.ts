import { Global, Module } from '@nestjs/common';
import { CacheStores } from './cache-stores.js';
import { VersionedCache } from './versioned-cache.js';

@Global()
@Module({ providers: [CacheStores, VersionedCache], exports: [VersionedCache] })
export class CacheModule {}
