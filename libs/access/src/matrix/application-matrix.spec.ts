import { Audited } from '@gatehouse/platform/audit';
import { Controller, Get } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { startApplication } from '../../test/application.js';
import { ServedRoutes } from '../policy/served-routes.js';
import { Permission } from '../vocabulary/decorators.js';
import { matrixOf } from './application-matrix.js';

@Controller('things')
class Things {
  @Get()
  @Permission('read:order')
  list() {}
}

// Two entities of one resource and one of another, in no order.
for (const resource of ['thing', 'thing', 'box']) Audited({ resource })(class {});

describe('the matrix of an application', () => {
  it('is of what it serves, by the roles there are, with each audited resource once', async () => {
    const { app } = await startApplication({
      controllers: [Things],
      before: (starting) => {
        starting.get(ServedRoutes).open('GET /raw');
        starting
          .getHttpAdapter()
          .getInstance()
          .get('/raw', () => 'raw');
      },
    });
    expect(await matrixOf(app)).toMatchObject({
      roles: [{ name: 'admin' }, { name: 'customer' }],
      permissions: ['read:order', 'refund:order', 'update:order'],
      auditedResources: ['box', 'thing'],
      open: ['GET /raw'],
      routes: [{ method: 'GET', path: '/things', may: { admin: 'yes', customer: 'no' } }],
    });
  });
});
