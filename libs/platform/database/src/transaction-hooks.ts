import { RequestContext } from '@gatehouse/platform/context';
import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntitySubscriberInterface, QueryRunner } from 'typeorm';

type Hook = () => void | Promise<void>;

const hooks = new WeakMap<QueryRunner, Hook[]>();

/**
 * Runs at the edges of every transaction: hands the request's facts to the database when one begins, so that the
 * audit triggers know who acts, and calls what waits for the commit once it is durable.
 */
@Injectable()
export class TransactionHooks implements EntitySubscriberInterface {
  private readonly logger = new Logger(TransactionHooks.name);

  constructor(
    @InjectDataSource() source: DataSource,
    private readonly context: RequestContext,
  ) {
    source.subscribers.push(this);
  }

  async afterTransactionStart({ queryRunner }: { queryRunner: QueryRunner }): Promise<void> {
    const facts = this.context.facts;
    if (facts === undefined) return;
    await queryRunner.query("SELECT set_config('gatehouse.context', $1, true)", [JSON.stringify(facts)]);
  }

  async afterTransactionCommit({ queryRunner }: { queryRunner: QueryRunner }): Promise<void> {
    const waiting = hooks.get(queryRunner) ?? [];
    hooks.delete(queryRunner);
    for (const hook of waiting) {
      // The change is already committed: a hook that fails is reported, and takes neither it nor its siblings back.
      try {
        await hook();
      } catch (error) {
        this.logger.error(error);
      }
    }
  }

  afterTransactionRollback({ queryRunner }: { queryRunner: QueryRunner }): void {
    hooks.delete(queryRunner);
  }
}

/** @internal Registers `hook` for the commit of the runner's open transaction. */
export function whenCommitted(runner: QueryRunner, hook: Hook): void {
  const waiting = hooks.get(runner);
  if (waiting === undefined) hooks.set(runner, [hook]);
  else waiting.push(hook);
}
