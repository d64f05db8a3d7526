export { Breaker } from './breaker.js';
export { REDIS_URL, RedisConnection, RedisModule } from './redis.module.js';
