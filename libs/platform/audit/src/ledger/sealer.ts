import { Clock } from '@gatehouse/platform/clock';
import { CONFIGURATION, type Configuration } from '@gatehouse/platform/config';
import { DATABASE_URL } from '@gatehouse/platform/database';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { AuditKeys } from './audit-keys.js';
import { HeadFile } from './head-file.js';
import { type Seal, sealHash, sealText } from './seal.js';
import { SealStore } from './seal-store.js';
import { sealAll } from './sealing.js';

/** A third of the minute within which every entry is to be sealed. */
const everyMs = 20_000;

/**
 * Seals, every twenty seconds, what was written since, and keeps the last seal outside the database. Every process
 * tries, one at a time succeeds, and each keeps its own copy of the last seal. On a connection of its own: sealing
 * waits for no request, and no request for it.
 */
@Injectable()
export class Sealer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private timer: NodeJS.Timeout | undefined;
  private underWay: Promise<void> = Promise.resolve();

  constructor(
    @Inject(DATABASE_URL) private readonly url: string,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly keys: AuditKeys,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.attempt(), everyMs).unref();
  }

  /** After the security events have been written. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.attempt();
  }

  /** Seals all that has committed by now. */
  seal(): Promise<void> {
    const done = this.underWay.then(() => this.work());
    this.underWay = done.catch(() => undefined);
    return done;
  }

  private attempt(): Promise<void> {
    return this.seal().catch((error: unknown) => this.logger.warn(`will seal later: ${String(error)}`));
  }

  private async work(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'gatehouse-sealer',
      connectionTimeoutMillis: 1_000,
      query_timeout: 30_000,
      statement_timeout: 30_000,
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      const store = new SealStore(client);
      const file = new HeadFile(this.configuration.AUDIT_HEAD_DIR ?? this.configuration.DATA_DIR, await store.trail());
      if (!(await this.stillHolds(store, file))) return;
      for (const seal of await sealAll(client, this.keys, this.clock)) {
        this.logger.log({ event: 'audit.sealed', ...sealText(seal) });
      }
      await this.keep(await store.last(), file);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** Going on upon a chain that was cut would put a sound last seal in the place of the one that proves the cut. */
  private async stillHolds(store: SealStore, file: HeadFile): Promise<boolean> {
    const head = await file.read();
    const found = head && (await store.find(head.number));
    if (head === undefined || (found !== undefined && sealHash(found).equals(sealHash(head)))) return true;
    this.logger.error({
      event: 'audit.broken',
      seal: head.number,
      file: file.path,
      msg: `the trail in the database does not hold the seal kept in ${file.path}; nothing is sealed until somebody has looked: npm run audit -- verify`,
    });
    return false;
  }

  private async keep(last: Seal | undefined, file: HeadFile): Promise<void> {
    if (last === undefined || last.number === (await file.read())?.number) return;
    await file.write(last).catch((error: unknown) => {
      this.logger.warn(`the last seal could not be kept in ${file.path}, the log has it: ${String(error)}`);
    });
  }
}
