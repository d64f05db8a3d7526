import { System } from '@gatehouse/access';
import { SecurityEvents } from '@gatehouse/platform/audit';
import { type Job, JobConsumer, JobRefused, Jobs } from '@gatehouse/platform/jobs';
import { Injectable, Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Api, type Person, startApi } from '../kit/api.js';
import { start } from '../kit/processes.js';
import { until } from '../kit/until.js';

declare global {
  interface GatehouseJobs {
    'test.switched': { secret: string };
  }
}

let mended = false;

@Injectable()
class Switched {
  @JobConsumer('test.switched')
  @System()
  async work(_data: { secret: string }, job: Job): Promise<void> {
    await job.report(3, 4);
    if (!mended) throw new JobRefused('broken for good\nat a line of a stack');
  }
}

@Module({ providers: [Switched] })
class SwitchedModule {}

describe('who looks after jobs', () => {
  let api: Api;
  let admin: Person;
  let id: string;
  beforeAll(async () => {
    api = await startApi({ modules: [SwitchedModule] });
    admin = await api.person('admin');
    id = await api.app.get(Jobs).enqueue('test.switched', { secret: 'open sesame' }, { actorId: admin.id });
    await until('it is dead', async () => (await job()).state === 'dead');
  });
  afterAll(() => api.close());

  const list = async (query: string) => (await api.get(`/api/jobs?${query}`, { token: admin.token })).body;
  const job = async () => (await api.get(`/api/jobs/${id}`, { token: admin.token })).body.data;
  const retry = (token = admin.token) => api.post(`/api/jobs/${id}/retry`, { token });

  it('sees a dead one with its progress and why it failed, and nothing of what it was given', async () => {
    const answer = await api.get(`/api/jobs/${id}`, { token: admin.token });
    expect(answer.body.data).toEqual({
      id,
      name: 'test.switched',
      state: 'dead',
      runs: 1,
      attempts: 1,
      actorId: admin.id,
      progress: { done: 3, total: 4 },
      error: 'broken for good',
      createdAt: expect.any(String),
      startAfter: expect.any(String),
      endedAt: expect.any(String),
    });
    expect(answer.text).not.toContain('sesame');
  });

  it('finds it by state and name, a page at a time', async () => {
    const { data, pagination } = await list('state=dead&name=test.switched&limit=1');
    expect(data.map((one: { id: string }) => one.id)).toEqual([id]);
    expect(pagination).toMatchObject({ page: 1, limit: 1, total: 1 });
    expect((await list('state=dead&name=mail.send')).data).toEqual([]);
    expect((await list('state=running&name=test.switched')).data).toEqual([]);
    for (const bad of ['state=failed', 'name=%27;drop', 'sort=id', 'limit=101']) {
      expect([bad, (await list(bad)).status]).toEqual([bad, 400]);
    }
  });

  it('lists it by command', async () => {
    const command = start('cli', ['jobs', 'list', '--state', 'dead'], environment());
    expect(await command.exit()).toBe(0);
    expect(command.output).toMatch(new RegExp(`^${id} .* dead .*test\\.switched  1/1  broken for good$`, 'm'));
    expect(command.output).toContain('1 of 1');
    const misused = start('cli', ['jobs', 'list', '--state', 'failed'], environment());
    expect(await misused.exit()).toBe(1);
    expect(misused.output).toContain('Usage');
  });

  const environment = () => ({
    NODE_ENV: 'development',
    DATABASE_URL: api.database.url,
    DEMO_DATA: 'false',
    ...inject('server').secrets,
  });

  it('has it tried once more, which the trail tells, and nothing else than a dead one', async () => {
    mended = true;
    const answer = await retry();
    expect(answer.status).toBe(202);
    expect(['retrying', 'running', 'done']).toContain(answer.body.data.state);
    await until('it is done', async () => (await job()).state === 'done');
    expect(await job()).toMatchObject({ runs: 2, attempts: 2, error: null });
    expect((await retry()).body).toMatchObject({ status: 409, code: 'JOB_NOT_DEAD' });
    await api.app.get(SecurityEvents, { strict: false }).flush();
    const [event] = (await api.get(`/api/audit/job/${id}`, { token: admin.token })).body.data;
    expect(event).toMatchObject({ action: 'job.retried', actorId: admin.id, details: { name: 'test.switched' } });
  });

  it('has it tried once more by command', async () => {
    await api.database.query("UPDATE pgboss.job SET state = 'failed' WHERE id = $1", [id]);
    const command = start('cli', ['jobs', 'retry', id], environment());
    expect([await command.exit(), command.output]).toEqual([0, `${id} test.switched is tried once more\n`]);
    await until('it is done', async () => (await job()).state === 'done');
    const again = start('cli', ['jobs', 'retry', id], environment());
    expect(await again.exit()).toBe(1);
  });

  it('needs the permissions for it, and an id that there is', async () => {
    const { token } = await api.person('auditor');
    for (const path of ['/api/jobs', `/api/jobs/${id}`]) {
      expect((await api.get(path, { token })).body.required).toEqual({ permissions: { anyOf: ['read:job'] } });
    }
    expect((await retry(token)).body.required).toEqual({ permissions: { anyOf: ['retry:job'] } });
    const nobody = '0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e';
    expect((await api.get(`/api/jobs/${nobody}`, { token: admin.token })).status).toBe(404);
    expect((await api.post(`/api/jobs/${nobody}/retry`, { token: admin.token })).status).toBe(404);
    expect((await api.get('/api/jobs/1', { token: admin.token })).status).toBe(400);
  });
});
