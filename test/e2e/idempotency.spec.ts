import { Auth } from '@gatehouse/access';
import { Idempotent } from '@gatehouse/platform/idempotency';
import { Controller, Module, NotFoundException, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
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

  @Post(':id/answer')
  @Auth()
  @Idempotent()
  answer(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): unknown {
    const thing = things[id];
    if (thing === undefined) throw new NotFoundException();
    void reply.code(thing.status);
    return thing.body;
  }
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

/** What is answered, and with which status, by the thing's name. */
const things: Record<string, { status: number; body: unknown }> = {
  made: { status: 201, body: { made: true } },
  accepted: { status: 202, body: { accepted: true } },
  nothing: { status: 204, body: undefined },
  refused: { status: 409, body: { refused: true } },
};

describe('an idempotent route', () => {
  let api: Api;
  let person: Person;
  beforeAll(async () => {
    api = await startApi({ modules: [ThingsModule], environment: { JOBS: 'worker' } });
    person = await api.person();
  });
  afterAll(() => api.close());

  const answer = (id: string, key = id) =>
    api.post(`/api/things/${id}/answer`, { token: person.token, headers: { 'idempotency-key': key } });
  const kept = async () =>
    (await api.database.query<{ key: string }>('SELECT key FROM idempotency_keys ORDER BY key')).map(({ key }) => key);

  it('S56 replays a success of any status and keeps no refusal, answered or thrown', async () => {
    for (const [id, { status, body }] of Object.entries(things)) {
      const first = await answer(id);
      expect([id, first.status, first.body?.data]).toEqual([id, status, body]);
      const again = await answer(id);
      expect([id, again.status, again.text]).toEqual([id, first.status, first.text]);
      expect([id, again.headers.get('idempotency-replayed')]).toEqual([id, status < 300 ? 'true' : null]);
    }
    expect((await answer('thrown')).status).toBe(404);
    expect(await kept()).toEqual(['accepted', 'made', 'nothing']);
  });

  it('S56 knows a key of one route from the same of another', async () => {
    const touched = await api.post('/api/things/made/touch', {
      token: person.token,
      headers: { 'idempotency-key': 'made' },
    });
    expect([touched.status, touched.body.data]).toEqual([201, { id: 'made' }]);
  });
});

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
