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

/** Records as JSON lines on standard output. What is said of requests is in `request-log.ts`. */
export function logging(level: LogLevel): Params {
  return {
    forRoutes: [],
    pinoHttp: {
      level,
      base: null,
      wrapSerializers: false,
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[redacted]',
      },
      hooks: { logMethod: withoutFrameworkChatter },
      serializers: { err: errorFields },
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
