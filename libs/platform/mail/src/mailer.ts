import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import { htmlBody, textBody } from './mail-body.js';

export interface Mail {
  /** One address, taken as it is. */
  readonly to: string;
  readonly subject: string;
  /** Plain text, sent as such and as HTML; a paragraph that is nothing but a link can be clicked there. */
  readonly paragraphs: readonly string[];
}

/** Sends mail over SMTP_URL, or writes each as `DATA_DIR/mail/<id>.eml` where none is configured (development). */
@Injectable()
export class Mailer {
  private readonly logger = new Logger(Mailer.name);

  constructor(@Inject(CONFIGURATION) private readonly configuration: Configuration) {}

  /** `id` tells this mail from every other: sent twice, it is one and the same to whoever looks at its Message-ID. */
  async send({ to, subject, paragraphs }: Mail, id: string): Promise<void> {
    const { SMTP_URL: url, MAIL_FROM: from } = this.configuration;
    // As an object the address is one address: text would be read as a list, in which a comma or a quote adds another.
    const recipient = { name: '', address: to };
    const bodies = { text: textBody(paragraphs), html: htmlBody(subject, paragraphs) };
    const message = { from, to: recipient, subject, ...bodies, messageId: `<${id}@${domainOf(from)}>` };
    if (url !== undefined) {
      await createTransport({ url, connectionTimeout: 5_000, socketTimeout: 10_000 }).sendMail(message);
      return;
    }
    const { message: source } = await createTransport({ streamTransport: true, buffer: true }).sendMail(message);
    await this.writeFile(id, to, source.toString());
  }

  private async writeFile(id: string, to: string, source: string): Promise<void> {
    const folder = join(this.configuration.DATA_DIR, 'mail');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, `${id}.eml`);
    // Mails carry links that sign people in: nobody else on the machine may read them.
    await writeFile(file, source, { mode: 0o600 });
    this.logger.log(`mail to ${to}: ${file}`);
  }
}

function domainOf(from: string): string {
  return /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
}
