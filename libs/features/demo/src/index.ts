export { DemoModule } from './demo.module.js';
export { DemoService, type Persona } from './demo.service.js';
