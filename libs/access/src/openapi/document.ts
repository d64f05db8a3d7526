import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { accessCookie, csrfCookie, csrfHeader } from '../decision/cookie-credential.js';
import { ServedRoutes } from '../policy/served-routes.js';
import { addAccessFacts } from './access-facts.js';
import { addEnvelopes } from './envelopes.js';
import { accessBanner, accessMarks } from './page/access-marks.js';
import { askAfterCalls, asOneCaller, callerAccess } from './page/caller-access.js';
import { pageStyle } from './page/style.js';
import type { PageSettings } from './page/swagger-ui.js';

const about = [
  'Every operation says who may call it, how often, and which refusals it answers with: those lines come from the same',
  'decorators that the server enforces. Sign in with `POST /api/auth/login`, press **Authorize** and paste the',
  '`accessToken`. Every call counts against the default limit besides the limits that an operation names, unless it says in its place.',
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
    .addCookieAuth(accessCookie, { type: 'apiKey', description: 'Set by a sign-in with `"transport":"cookie"`.' })
    .addApiKey(
      { type: 'apiKey', in: 'header', name: csrfHeader, description: 'The `csrfToken` of that sign-in.' },
      'csrf',
    )
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => operationId(controller, method),
  });
  addEnvelopes(document);
  addAccessFacts(document, app.get(ServedRoutes).routes());
  return document;
}

/** `OrdersController.place` is `ordersPlace`: a name that client generators take as it is. */
function operationId(controller: string, method: string): string {
  const resource = controller.replace(/Controller$/, '');
  return `${resource.charAt(0).toLowerCase()}${resource.slice(1)}${method.charAt(0).toUpperCase()}${method.slice(1)}`;
}

/** What @nestjs/swagger puts on the server itself: the page, its files, and the document in both forms. */
const docsRoutes = [
  '/docs',
  '/docs/',
  '/docs/*',
  '/docs/index.html',
  '/docs/LICENSE',
  '/docs/swagger-ui-init.js',
  '/docs/docs/swagger-ui-init.js',
  '/docs-json',
  '/docs-yaml',
];

/** Serves Swagger UI at /docs and the document at /docs-json and /docs-yaml, without anything from elsewhere. */
export function serveDocs(app: NestFastifyApplication): void {
  app.get(ServedRoutes).open(...docsRoutes.map((path) => `GET ${path}`));
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    customSiteTitle: 'Gatehouse API',
    customCss: pageStyle,
    swaggerOptions: {
      persistAuthorization: true,
      docExpansion: 'list',
      tryItOutEnabled: true,
      validatorUrl: null,
      access: { askAt: '/api/access/mine', csrfCookie, csrfHeader } satisfies PageSettings,
      requestInterceptor: asOneCaller,
      plugins: [callerAccess, askAfterCalls, accessMarks, accessBanner],
    },
  });
}
