export { AuthModule } from './auth.module.js';
export { Passwords } from './passwords/passwords.js';
export { SessionsService } from './sessions/sessions.service.js';
