import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, getSchemaPath, SwaggerModule } from '@nestjs/swagger';
import { readSettings, type Settings, settingsProblemMessage } from '../config/settings.ts';
import { DOCS_POLICY } from '../console-host/content-policy.ts';
import { Problem } from '../http/problem.ts';
import { AppModule } from './app.module.ts';

const DESCRIPTION = `Programs authenticate with an API key (\`X-API-Key\` or \`Authorization: Bearer\`), people with the
session cookie. Times are RFC 3339 in UTC. Errors are \`application/problem+json\`.`;

/** The API as OpenAPI, generated from controllers and DTO classes. */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('SwisperStudio')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addCookieAuth('studio_session', { type: 'apiKey', in: 'cookie' }, 'session')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'apiKey')
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'bearer')
    .addGlobalResponse({
      status: 'default',
      description: 'What went wrong',
      content: { 'application/problem+json': { schema: { $ref: getSchemaPath(Problem) } } },
    })
    .build();
  return SwaggerModule.createDocument(app, config, {
    extraModels: [Problem],
    operationIdFactory: (controllerKey, methodKey) =>
      `${controllerKey.replace(/Controller$/, '')}_${methodKey}`,
  });
}

/** The document and a page to read it at /api/docs. */
export function serveDocument(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    if (/^\/api\/docs(\/|$)/.test(request.url)) void reply.header('Content-Security-Policy', DOCS_POLICY);
    done();
  });
  SwaggerModule.setup('api/docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'api/docs/openapi.json',
  });
}

/** The document as it is committed in server/openapi.json. Makes the modules without starting anything. */
export async function documentText(): Promise<string> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.of(documentSettings()),
    new FastifyAdapter(),
    {
      preview: true,
      logger: false,
      abortOnError: false,
    },
  );
  const document = openApiDocument(app);
  await app.close();
  return `${JSON.stringify(document, null, 2)}\n`;
}

function documentSettings(): Settings {
  const result = readSettings({ DATABASE_URL: 'postgres://unused', REDIS_URL: 'redis://unused' });
  if (!result.ok) throw new Error(settingsProblemMessage(result.problems));
  return result.settings;
}
