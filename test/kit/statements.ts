import { RequestContext } from '@gatehouse/platform/context';
import { DataSource } from 'typeorm';
import type { Api } from './api.js';

/** The statements that the application sends for requests while `work` is done, but for the edges of transactions and what is recorded behind them. */
export async function statementsOf(api: Api, work: () => Promise<unknown>): Promise<string[]> {
  const { subscribers } = api.app.get(DataSource);
  const statements: string[] = [];
  const context = api.app.get(RequestContext);
  const isOfNobody = () => ![undefined, 'test'].includes(context.facts?.process);
  const listener = {
    beforeQuery: ({ query }: { query: string }) => {
      if (!isOfNobody()) statements.push(query);
    },
  };
  subscribers.push(listener);
  try {
    await work();
  } finally {
    subscribers.splice(subscribers.indexOf(listener), 1);
  }
  return statements.filter(
    (query) => !/^(START TRANSACTION|COMMIT|ROLLBACK)|jsonb_to_recordset\(\$1\) AS event/.test(query),
  );
}
