import { System } from '@gatehouse/access';
import { type Job, JobConsumer } from '@gatehouse/platform/jobs';
import { type Mail, Mailer } from '@gatehouse/platform/mail';
import { Injectable } from '@nestjs/common';

/** Tried for about two hours: a mail server that was restarted has lost nothing. */
const attempts = 12;

@Injectable()
export class MailsJobs {
  constructor(private readonly mailer: Mailer) {}

  @JobConsumer('mail.send', { attempts })
  @System()
  async send(mail: Mail, { id }: Job): Promise<void> {
    await this.mailer.send(mail, id);
  }
}
