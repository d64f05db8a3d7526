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
  async send(mail: Mail, { id, signal }: Job): Promise<void> {
    signal.throwIfAborted();
    // A delivery can't be called back: who is told to stop waits for it no longer.
    const stopped = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    await Promise.race([this.mailer.send(mail, id), stopped]);
  }
}
