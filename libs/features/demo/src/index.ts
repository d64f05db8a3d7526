export { DemoModule } from './demo.module.js';
export { DemoService, type Persona } from './demo.service.js';
export { SeedError, SeedingService, type SeedWatcher, type SeedWish } from './seeding.service.js';
