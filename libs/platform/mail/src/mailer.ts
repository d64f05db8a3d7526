import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import { v7 as uuidv7 } from 'uuid';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  /** Plain text; also what the HTML part is made from. */
  readonly text: string;
}

/** Sends mail over SMTP_URL, or writes each as `DATA_DIR/mail/<id>.eml` where none is configured (development). */
@Injectable()
export class Mailer {
  private readonly logger = new Logger(Mailer.name);

  constructor(@Inject(CONFIGURATION) private readonly configuration: Configuration) {}

  async send(mail: Mail): Promise<void> {
    const message = { from: this.configuration.MAIL_FROM, ...mail };
    const { SMTP_URL: url } = this.configuration;
    if (url === undefined) await this.writeFile(message);
    else await createTransport({ url, connectionTimeout: 5_000, socketTimeout: 10_000 }).sendMail(message);
  }

  private async writeFile(message: Mail & { from: string }): Promise<void> {
    const { message: source } = await createTransport({ streamTransport: true, buffer: true }).sendMail(message);
    const folder = join(this.configuration.DATA_DIR, 'mail');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, `${uuidv7()}.eml`);
    // Mails carry links that sign people in: nobody else on the machine may read them.
    await writeFile(file, source.toString(), { mode: 0o600 });
    this.logger.log(`mail to ${message.to}: ${file}`);
  }
}
