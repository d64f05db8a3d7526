import { JobConsumer, JobGate, JobRefused } from '@gatehouse/platform/jobs';
import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { startApplication } from '../../test/application.js';
import { Auth, Permission, System } from '../vocabulary/decorators.js';

declare global {
  interface GatehouseJobs {
    'things.clean': Record<string, never>;
    'things.greet': Record<string, never>;
    'things.refund': Record<string, never>;
  }
}

@Injectable()
class Consumers {
  @JobConsumer('things.clean')
  @System()
  clean() {}

  @JobConsumer('things.greet')
  @Auth()
  greet() {}

  @JobConsumer('things.refund')
  @Permission('refund:order')
  refund() {}

  undeclared() {}
}

async function start() {
  const { app, people, events } = await startApplication({ providers: [Consumers] });
  const admit = (handler: keyof Consumers, actorId?: string) =>
    app
      .get(JobGate)
      .admit({ name: `things.${handler}`, owner: Consumers, handler: Consumers.prototype[handler], actorId });
  return { admit, people, events: events.recorded };
}

describe('a job that is to run', () => {
  it('runs for nobody where it is the system’s, and for who holds what it asks for', async () => {
    const { admit, people, events } = await start();
    people.signIn('u', { rolePermissions: ['refund:order'] });
    await admit('clean');
    await admit('greet', 'u');
    await admit('refund', 'u');
    expect(events).toEqual([]);
  });

  it('is refused to who lacks a permission by now, which is an event of the job', async () => {
    const { admit, people, events } = await start();
    people.signIn('u');
    await expect(admit('refund', 'u')).rejects.toThrow(JobRefused);
    expect(events).toEqual([
      {
        action: 'access.denied',
        outcome: 'refused',
        actorId: 'u',
        subject: { resource: 'job', id: 'things.refund' },
        details: {
          code: 'FORBIDDEN',
          handler: 'Consumers.refund',
          required: ['permission refund:order'],
          lacking: { permissions: { anyOf: ['refund:order'] } },
          reason: undefined,
        },
      },
    ]);
  });

  it.each([
    ['nobody', undefined],
    ['somebody who is not there', 'gone'],
    ['somebody who is disabled', 'off'],
  ])('is refused where it acts for %s', async (_, actorId) => {
    const { admit, people, events } = await start();
    people.signIn('off');
    const off = people.users.get('off');
    if (off !== undefined) people.users.set('off', { ...off, disabled: true });
    await expect(admit('greet', actorId)).rejects.toThrow('who it acts for may not do this, or not any more');
    const details = { code: 'UNAUTHORIZED', reason: 'nobody whom the job could act for' };
    expect(events).toMatchObject([{ subject: { id: 'things.greet' }, details }]);
  });

  it('is no job where nobody has declared it, and breaks where the check breaks', async () => {
    const { admit, people, events } = await start();
    await expect(admit('undeclared', 'u')).rejects.toThrow('the job things.undeclared has no policy');
    people.loadUser = () => Promise.reject(new Error('the database is away'));
    await expect(admit('greet', 'u')).rejects.toThrow('the database is away');
    expect(events).toEqual([]);
  });
});
