export { HandingOver } from './handing-over.js';
export { RolesModule } from './roles.module.js';
