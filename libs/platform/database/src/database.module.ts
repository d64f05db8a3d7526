import { type DynamicModule, Global, Module } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { ClsPluginTransactional } from '@nestjs-cls/transactional';
import { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import { DATABASE_URL } from './database-url.js';
import { SnakeCaseNaming } from './naming.js';
import { Notifications } from './notifications.js';
import { TransactionHooks } from './transaction-hooks.js';
import { Transactions } from './transactions.js';

export interface DatabaseOptions {
  /** Connection URL of the application's role. */
  readonly url: string;
  readonly poolSize: number;
}

/** The plugin that carries the open transaction along the asynchronous call; given to `ClsModule` once. */
export function transactionalPlugin(): ClsPluginTransactional {
  return new ClsPluginTransactional({
    adapter: new TransactionalAdapterTypeOrm({ dataSourceToken: getDataSourceToken() }),
  });
}

@Global()
@Module({})
export class DatabaseModule {
  static forRoot({ url, poolSize }: DatabaseOptions): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          url,
          autoLoadEntities: true,
          synchronize: false,
          namingStrategy: new SnakeCaseNaming(),
          installExtensions: false,
          uuidExtension: 'pgcrypto',
          retryAttempts: 0,
          poolSize,
          applicationName: 'gatehouse',
          extra: {
            // Without these a full pool, a lost server or a slow statement would hang the request instead of refusing it.
            connectionTimeoutMillis: 2_000,
            statement_timeout: 8_000,
            idle_in_transaction_session_timeout: 15_000,
            keepAlive: true,
          },
        }),
      ],
      providers: [{ provide: DATABASE_URL, useValue: url }, TransactionHooks, Transactions, Notifications],
      exports: [DATABASE_URL, Transactions, Notifications],
    };
  }
}
