import { RequestMethod } from '@nestjs/common';
import { type Params } from 'nestjs-pino';
import { type Logger as PinoLogger, type LogFn } from 'pino';
import { type LogLevel } from '../config/settings.ts';

/** Never in a log, wherever a field of such a name turns up. */
const SECRET_FIELDS = [
  'password',
  'secret',
  'token',
  'authorization',
  'cookie',
  'apiKey',
  'api_key',
  'signingKey',
];

/** What the framework says while it puts itself together, a line per route. */
const FRAMEWORK = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** pino's number for it. */
const INFO = 30;

/** Records as JSON lines on standard output. A request is logged only when it failed for a reason of ours. */
export function logging(level: LogLevel): Params {
  return {
    // The library's own pattern matches `/` only with fastify.
    forRoutes: [{ path: '/{*path}', method: RequestMethod.ALL }],
    pinoHttp: {
      level,
      base: null,
      wrapSerializers: false,
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[redacted]',
      },
      customLogLevel: (request: LoggedRequest, reply: { statusCode: number }) =>
        reply.statusCode >= 500 && !isProbe(request) ? 'warn' : 'debug',
      hooks: { logMethod: withoutFrameworkChatter },
      serializers: { req: requestFields, res: replyFields, err: errorFields },
    },
  };
}

function withoutFrameworkChatter(
  this: PinoLogger,
  args: Parameters<LogFn>,
  method: LogFn,
  level: number,
): void {
  const [fields] = args;
  const context: unknown =
    typeof fields === 'object' && fields !== null ? Reflect.get(fields, 'context') : undefined;
  const isChatter = level <= INFO && typeof context === 'string' && FRAMEWORK.has(context);
  if (!isChatter) method.apply(this, args);
}

/** A request as middleware sees it: `url` lacks what the route matched. */
interface LoggedRequest {
  id?: unknown;
  method?: string | undefined;
  url?: string | undefined;
  originalUrl?: string | undefined;
}

/** No headers, no body, and no query, which may hold a set-up token. */
function requestFields(request: LoggedRequest): object {
  return { id: request.id, method: request.method, path: pathOf(request) };
}

function pathOf(request: LoggedRequest): string | undefined {
  return (request.originalUrl ?? request.url)?.split('?')[0];
}

/** Not being ready is an answer, asked for every few seconds; what is missing says so itself. */
function isProbe(request: LoggedRequest): boolean {
  return pathOf(request)?.startsWith('/health/') === true;
}

function replyFields(reply: { statusCode?: number }): object {
  return { status: reply.statusCode };
}

/** Not all fields: a database error carries the statement's parameters, which are other people's data. */
function errorFields(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...('code' in error ? { code: error.code } : {}),
    ...(error.cause === undefined ? {} : { cause: errorFields(error.cause) }),
  };
}
