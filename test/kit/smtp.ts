import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** A mail as an SMTP server received it. */
export interface Delivery {
  /** The envelope's recipients: who really gets it, whatever the header says. */
  readonly to: readonly string[];
  readonly source: string;
  readonly mail: ParsedMail;
}

/** A real SMTP server that keeps what it is given. */
export class MailServer {
  private readonly deliveries: Delivery[] = [];
  /** Mails that it was given and hasn't answered for. */
  underWay = 0;

  /** @param accept is awaited before a mail counts as delivered. */
  constructor(private readonly accept: () => Promise<void> = () => Promise.resolve()) {}

  private readonly server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const source = Buffer.concat(chunks).toString();
        const to = envelope.rcptTo.map(({ address }) => address);
        this.underWay += 1;
        this.accept()
          .then(() => simpleParser(source))
          .then((mail) => {
            this.deliveries.push({ to, source, mail });
            done();
          }, done)
          .finally(() => {
            this.underWay -= 1;
          });
      });
    },
  });

  /** All that is on the pile. */
  get all(): readonly Delivery[] {
    return this.deliveries;
  }

  /** Begins to listen, on any free port unless one is said; answers its URL. */
  async open(at = 0): Promise<string> {
    const listening = this.server.listen(at, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    return `smtp://127.0.0.1:${port}`;
  }

  /** The mail of this subject, taken off the pile. Waits for one that is on its way, 5 s at the most. */
  async delivered(subject: string): Promise<Delivery> {
    const deadline = Date.now() + 5_000;
    while (Date.now() < deadline) {
      const at = this.deliveries.findIndex(({ mail }) => mail.subject === subject);
      const [delivery] = at < 0 ? [] : this.deliveries.splice(at, 1);
      if (delivery !== undefined) return delivery;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`no mail with the subject "${subject}" was delivered`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
