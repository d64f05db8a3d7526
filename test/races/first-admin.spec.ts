import { FirstAdminService } from '@gatehouse/features/auth';
import { Problem } from '@gatehouse/platform/http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../kit/api.js';

const times = 20;

describe('the first admin', () => {
  const replicas: Api[] = [];
  beforeAll(async () => {
    const one = await startApi();
    replicas.push(one, await startApi({ database: one.database }));
  });
  afterAll(async () => {
    for (const api of replicas.reverse()) await api.close();
  });

  it(`S18 is one, though eight make one at the same time in two processes, ${times} times over`, async () => {
    const [{ database } = {}] = replicas;
    if (database === undefined) throw new Error('no database');
    for (let round = 0; round < times; round += 1) {
      await database.query('TRUNCATE users CASCADE');
      const calls = Array.from({ length: 8 }, (_, index) =>
        replicas[index % 2]?.app
          .get(FirstAdminService, { strict: false })
          .create({ email: `ada-${index}@example.com`, name: 'Ada' }),
      );
      const results = await Promise.allSettled(calls);
      const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      expect(refusals).toHaveLength(7);
      for (const refusal of refusals) expect(refusal instanceof Problem && refusal.code).toBe('CONFLICT');
      expect(await database.query('SELECT role FROM users')).toEqual([{ role: 'admin' }]);
    }
  });
});
