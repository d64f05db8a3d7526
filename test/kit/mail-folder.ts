import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { simpleParser } from 'mailparser';

interface ReceivedMail {
  readonly to: readonly (string | undefined)[];
  readonly subject: string;
  readonly text: string;
}

/** The mails that the application wrote as files, oldest first: their names sort by time. */
export class MailFolder {
  constructor(private readonly folder: string) {}

  async all(): Promise<ReceivedMail[]> {
    const names = (await readdir(this.folder).catch(() => [])).sort();
    return Promise.all(
      names.map(async (name) => {
        const { to, subject = '', text = '' } = await simpleParser(await readFile(join(this.folder, name)));
        const addresses = [to ?? []].flat().flatMap(({ value }) => value.map(({ address }) => address?.toLowerCase()));
        return { to: addresses, subject, text };
      }),
    );
  }

  /** Waits for a mail that is on its way, 5 s at the most. */
  async newest(email: string, subject?: string): Promise<string> {
    const deadline = Date.now() + 5_000;
    while (Date.now() < deadline) {
      const fitting = (mail: ReceivedMail) =>
        mail.to.includes(email.toLowerCase()) && (subject ?? mail.subject) === mail.subject;
      const mail = (await this.all()).findLast(fitting);
      if (mail !== undefined) return mail.text;
      await pause(20);
    }
    throw new Error(`no mail to ${email}${subject === undefined ? '' : ` with the subject "${subject}"`}`);
  }
}
