import { Jobs } from '@gatehouse/platform/jobs';
import { Injectable } from '@nestjs/common';
import type { Mail } from './mailer.js';

declare global {
  interface GatehouseJobs {
    /** Is sent by whatever runs jobs. */
    'mail.send': Mail;
  }
}

/** Where mails are put: each goes out once the open transaction has committed, however long the mail server is away. */
@Injectable()
export class Outbox {
  constructor(private readonly jobs: Jobs) {}

  async post(mail: Mail): Promise<void> {
    await this.jobs.enqueue('mail.send', mail);
  }
}
