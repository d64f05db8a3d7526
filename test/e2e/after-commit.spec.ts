import { Transactions } from '@gatehouse/platform/database';
import { DomainEvents } from '@gatehouse/platform/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';

class SomethingHappened {
  constructor(readonly name: string) {}
}

describe('what waits for a commit', () => {
  let api: Api;
  let transactions: Transactions;
  let events: DomainEvents;
  const heard: string[] = [];
  beforeAll(async () => {
    api = await startApi();
    transactions = api.app.get(Transactions, { strict: false });
    events = api.app.get(DomainEvents, { strict: false });
    // A handler that writes, in a transaction of its own.
    events.on(SomethingHappened, async ({ name }) => {
      await transactions.run(async () => {
        await transactions.query("INSERT INTO roles (name, description) VALUES ($1, '')", [name]);
        await transactions.query('SELECT pg_sleep(0.05)');
      });
      heard.push(name);
    });
  });
  afterAll(() => api.close());

  const roles = async () =>
    (await api.database.query<{ name: string }>("SELECT name FROM roles WHERE name LIKE 'after-%'")).map(
      ({ name }) => name,
    );
  const settled = async (count: number) => {
    while (heard.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  it('happens after it, in transactions of its own, 20 at once', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `after-${index}`);
    await Promise.all(
      names.map((name) =>
        transactions.run(async () => {
          await events.publish(new SomethingHappened(name));
          expect(heard).not.toContain(name);
        }),
      ),
    );
    await settled(20);
    expect((await roles()).sort()).toEqual(names.sort());
  });

  it('never happens when the transaction rolls back', async () => {
    const failing = transactions.run(async () => {
      await events.publish(new SomethingHappened('after-nothing'));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await transactions.run(() => events.publish(new SomethingHappened('after-all')));
    await settled(21);
    expect(heard).not.toContain('after-nothing');
  });
});
