export { Breaker } from './breaker.js';
export { REDIS_OPTIONS, RedisConnection, RedisModule, type RedisOptions } from './redis.module.js';
