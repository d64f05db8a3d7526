import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ServedRoutes } from '../policy/served-routes.js';
import { addAccessFacts } from './access-facts.js';

const about = [
  'Every operation says who may call it, how often, and which refusals it answers with: those lines come from the same',
  'decorators that the server enforces. Sign in with `POST /api/auth/login`, press **Authorize** and paste the',
  '`accessToken`.',
].join(' ');

/** The OpenAPI 3.1 document of an initialised application, with the access facts of its registry. */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Gatehouse')
    .setDescription(about)
    .setVersion('1')
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
  addAccessFacts(document, app.get(ServedRoutes).routes());
  return document;
}

/** Serves Swagger UI at /docs and the document at /docs-json and /docs-yaml, without anything from elsewhere. */
export function serveDocs(app: NestFastifyApplication): void {
  const open = ['/docs', '/docs/', '/docs/*', '/docs-json', '/docs-yaml', '/docs/swagger-ui-init.js'];
  app.get(ServedRoutes).open(...open.map((path) => `GET ${path}`));
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    customSiteTitle: 'Gatehouse API',
    swaggerOptions: { persistAuthorization: true, docExpansion: 'list', tryItOutEnabled: true, validatorUrl: null },
  });
}
