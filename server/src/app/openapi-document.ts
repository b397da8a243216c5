import { type INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Problem } from '../http/problem.ts';

const DESCRIPTION = `Programs authenticate with an API key (\`X-API-Key\` or \`Authorization: Bearer\`), people with the
session cookie. Times are RFC 3339 in UTC. Errors are \`application/problem+json\`.`;

/** The API as OpenAPI, generated from controllers and DTO classes. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('SwisperStudio')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addCookieAuth('studio_session', { type: 'apiKey', in: 'cookie' }, 'session')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'apiKey')
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'bearer')
    .addGlobalResponse({ status: 'default', description: 'What went wrong', type: Problem })
    .build();
  return SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controllerKey, methodKey) =>
      `${controllerKey.replace(/Controller$/, '')}_${methodKey}`,
  });
}

/** The document and a page to read it at /api/docs. */
export function serveDocument(app: INestApplication): void {
  SwaggerModule.setup('api/docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'api/docs/openapi.json',
  });
}
