import { Auth } from '@gatehouse/access';
import { Idempotent } from '@gatehouse/platform/idempotency';
import { Controller, Module, Param, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';

@Controller('things')
class ThingsController {
  @Post(':id/touch')
  @Auth()
  @Idempotent()
  touch(@Param('id') id: string) {
    return { id };
  }
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

describe('an idempotent route with a parameter', () => {
  let api: Api;
  let person: Person;
  beforeAll(async () => {
    api = await startApi({ modules: [ThingsModule] });
    person = await api.person();
  });
  afterAll(() => api.close());

  it('refuses the key of one thing for another instead of replaying its answer', async () => {
    const touch = (id: string) =>
      api.post(`/api/things/${id}/touch`, { token: person.token, headers: { 'idempotency-key': 'once' } });
    expect((await touch('one')).body.data).toEqual({ id: 'one' });
    const again = await touch('one');
    expect(again.body.data).toEqual({ id: 'one' });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const other = await touch('another');
    expect(other.status).toBe(422);
    expect(other.body.code).toBe('IDEMPOTENCY_KEY_REUSED');
  });
});
