export { CacheModule } from './cache.module.js';
export { VersionedCache } from './versioned-cache.js';
