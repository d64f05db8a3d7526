import { Injectable } from '@nestjs/common';
import { TransactionHost } from '@nestjs-cls/transactional';
import type { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import type { EntityManager, EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import { whenCommitted } from './transaction-hooks.js';

/** The way to the database that every repository takes: it joins the open transaction, if there is one. */
@Injectable()
export class Transactions {
  constructor(private readonly host: TransactionHost<TransactionalAdapterTypeOrm>) {}

  get manager(): EntityManager {
    return this.host.tx;
  }

  repository<T extends ObjectLiteral>(entity: EntityTarget<T>): Repository<T> {
    return this.host.tx.getRepository(entity);
  }

  /** Runs one statement with its parameters and answers its rows. */
  query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.host.tx.query<Row[]>(sql, [...parameters]);
  }

  /** Runs `work` in the open transaction, or in a new one; it commits when `work` fulfils and rolls back otherwise. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.host.withTransaction(work);
  }

  /** Runs `work` outside of the open transaction, if there is one: what it writes stays, whatever becomes of that. */
  apart<T>(work: () => Promise<T>): Promise<T> {
    return this.host.withoutTransaction(work);
  }

  /** Calls `hook` once the open transaction has committed (never when it rolls back), or at once when none is open. */
  async afterCommit(hook: () => void | Promise<void>): Promise<void> {
    const runner = this.host.isTransactionActive() ? this.host.tx.queryRunner : undefined;
    if (runner === undefined) await hook();
    // The finished transaction is still the current one when its hooks run, and nothing may join it any more.
    else whenCommitted(runner, () => this.apart(async () => hook()));
  }
}
