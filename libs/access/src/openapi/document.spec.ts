import { Controller, Get, Param, Post } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { describe, expect, it } from 'vitest';
import { startApplication } from '../../test/application.js';
import { ServedRoutes } from '../policy/served-routes.js';
import { Auth, Public } from '../vocabulary/decorators.js';
import { openApiDocument, serveDocs } from './document.js';

@Controller('things')
class ThingsController {
  @Get(':id')
  @Public()
  @ApiOkResponse({ type: String })
  one(@Param('id') id: string) {
    return id;
  }

  @Post()
  @Auth()
  make() {}
}

@Controller('controllers')
class ControllersOfThings {
  @Get()
  @Public()
  x() {}
}

describe('the OpenAPI document', () => {
  it('describes each operation by a name of its own, in envelopes, with its access', async () => {
    const { app } = await startApplication({ controllers: [ThingsController, ControllersOfThings] });
    const { openapi, info, paths, components } = openApiDocument(app);
    expect(openapi).toBe('3.1.0');
    expect(info).toMatchObject({ title: 'Gatehouse', version: '1', license: { name: 'MIT' } });
    expect(info.description).toMatch(/^Every operation says who may call it.* same decorators .*Authorize.*names\.$/);
    const { get } = paths['/things/{id}'] ?? {};
    expect(get).toMatchObject({
      operationId: 'thingsOne',
      security: [],
      responses: { 200: { content: { 'application/json': { schema: { required: ['data'] } } } }, 429: {} },
    });
    expect(paths['/things']?.post).toMatchObject({ operationId: 'thingsMake', 'x-access': { public: false } });
    expect(paths['/controllers']?.get?.operationId).toBe('controllersOfThingsX');
    expect(components?.schemas).toHaveProperty('Problem');
  });

  it('tells the ways to carry a token, each under the name that operations ask for', async () => {
    const { app } = await startApplication({ controllers: [ThingsController] });
    const document = openApiDocument(app);
    const schemes = document.components?.securitySchemes ?? {};
    expect(schemes).toMatchObject({
      bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      cookie: { type: 'apiKey', in: 'cookie', name: '__Host-gatehouse-access' },
      csrf: { type: 'apiKey', in: 'header', name: 'x-csrf-token' },
    });
    for (const scheme of [schemes['cookie'], schemes['csrf']]) expect(scheme).toHaveProperty('description');
    const asked = document.paths['/things']?.post?.security?.flatMap((way) => Object.keys(way)) ?? [];
    expect(Object.keys(schemes)).toEqual(expect.arrayContaining(asked));
  });
});

describe('the page of the documentation', () => {
  it('is served at /docs with the document in both forms, and nothing else is opened for it', async () => {
    const { app } = await startApplication({ controllers: [ThingsController], before: serveDocs });
    const page = await app.inject('/docs');
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html']);
    expect(page.payload).toContain('<title>Gatehouse API</title>');
    expect((await app.inject('/docs-json')).json()).toMatchObject({ info: { title: 'Gatehouse' } });
    expect((await app.inject('/docs-yaml')).payload).toContain('title: Gatehouse');
    const script = await app.inject('/docs/swagger-ui-init.js');
    expect(script.payload).toContain('"persistAuthorization": true');
    expect(script.payload).toContain('"tryItOutEnabled": true');
    expect(script.payload).toContain('"docExpansion": "list"');
    expect(script.payload).toContain('"validatorUrl": null');
    const open = app.get(ServedRoutes).openRoutes();
    expect(open.every((route) => /^GET \/docs(\/|-json$|-yaml$|$)/.test(route))).toBe(true);
    expect(open).toEqual(expect.arrayContaining(['GET /docs', 'GET /docs-json', 'GET /docs-yaml']));
  });
});
