export { MailModule } from './mail.module.js';
export { type Mail, Mailer } from './mailer.js';
export { Outbox } from './outbox.js';
