import { Module } from '@nestjs/common';
import { MailsJobs } from './mails.jobs.js';

/** Sends what lies in the outbox. */
@Module({ providers: [MailsJobs] })
export class MailsModule {}
