import fastifyCompress from '@fastify/compress';
import fastifyCookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type IncomingMessage } from 'node:http';
import { Logger } from 'nestjs-pino';
import { type Settings } from '../config/settings.ts';
import { CONSOLE_ROOT } from '../console-host/console-files.ts';
import { addCompressedBodies } from '../http/compressed-body.ts';
import { addHttpHooks, requestIdOf } from '../http/http-hooks.ts';
import { jsonBodyParser } from '../http/json-body.ts';
import { ProblemFilter } from '../http/problem-filter.ts';
import { Startup } from '../kernel/startup.ts';
import { addIngestGate, IngestGate } from '../traces/index.ts';
import { AppModule, type AppParts } from './app.module.ts';
import { serveDocument } from './openapi-document.ts';
import { addRequestGate } from './request-gate.ts';
import { addRequestLog } from './request-log.ts';

/** Smaller answers are sent as they are. */
const COMPRESS_FROM_BYTES = 4 * 1024;
/** Ids and names of 500 characters, each of which may be nine when it is escaped. */
const PATH_PART_MAX_CHARS = 4_500;

/**
 * The whole server, made but neither listening nor connected to its database: `startApp` does the latter. Tests talk
 * to its fastify instance.
 */
export async function createApp(settings: Settings, parts: AppParts = {}): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers['x-request-id']),
    requestTimeout: 60_000,
    routerOptions: { maxParamLength: PATH_PART_MAX_CHARS },
    // Observed states may have such keys; payloads are kept as text, and fields are copied by name.
    onProtoPoisoning: 'remove',
    onConstructorPoisoning: 'remove',
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.of(settings, parts), adapter, {
    bodyParser: false,
    rawBody: true,
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  await registerPlugins(app, settings);
  const fastify = app.getHttpAdapter().getInstance();
  app.useBodyParser('application/json', {}, jsonBodyParser(fastify.getDefaultJsonParser('remove', 'remove')));
  app.useGlobalFilters(new ProblemFilter());
  serveDocument(app);
  return app;
}

async function registerPlugins(app: NestFastifyApplication, settings: Settings): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  // JSON is the only kind of body there is.
  fastify.removeContentTypeParser('text/plain');
  addRequestLog(fastify);
  addHttpHooks(fastify, settings.publicUrl);
  addCompressedBodies(fastify);
  addRequestGate(fastify, app.get(Startup), settings.roles);
  addIngestGate(fastify, app.get(IngestGate));
  await app.register(fastifyCookie);
  const answers = {
    globalDecompression: false,
    threshold: COMPRESS_FROM_BYTES,
    encodings: ['gzip' as const],
  };
  await app.register(fastifyCompress, answers);
  // Only for `reply.sendFile`: which files are sent is decided by console-host.
  await app.register(fastifyStatic, { root: CONSOLE_ROOT, serve: false });
}
