import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { ENTRY_MAX_BYTES } from 'swisper-studio/contract';
import { randomUUID } from 'node:crypto';
import { DomainError } from '../kernel/domain-error.ts';
import { API_PREFIX } from './api-path.ts';
import { isFromOwnOrigin } from './same-origin.ts';

/** Bodies of programs that send data; the rest is a form at most. */
export const INGEST_BODY_BYTES = ENTRY_MAX_BYTES + 64 * 1024;
const BODY_BYTES = 256 * 1024;
const INGEST_ROUTE = new RegExp(`^/${API_PREFIX}/(traces|observations|events)(/|$)`);
const REQUEST_ID = /^[\w.:-]{8,64}$/;

const SECURITY_HEADERS: ReadonlyArray<readonly [string, string]> = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Frame-Options', 'DENY'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
  // Pages that show something set their own policy.
  [
    'Content-Security-Policy',
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  ],
  ['Cache-Control', 'no-store'],
];

/** Whether a route takes data in, by its path. */
export function isIngestRoute(path: string): boolean {
  return INGEST_ROUTE.test(path);
}

/** A proxy's request id where it looks like one, else a new one. */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && REQUEST_ID.test(header) ? header : randomUUID();
}

/**
 * What holds for every request: its id, security headers, a limit for its body, and that nobody else's page changes
 * something here. Handlers may replace the headers. Call it before routes are added.
 */
export function addHttpHooks(fastify: FastifyInstance, publicUrl: string): void {
  const isTls = publicUrl.startsWith('https:');
  fastify.addHook('onRoute', (route) => {
    route.bodyLimit = isIngestRoute(route.url) ? INGEST_BODY_BYTES : BODY_BYTES;
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id);
    for (const [name, value] of SECURITY_HEADERS) void reply.header(name, value);
    if (isTls) void reply.header('Strict-Transport-Security', 'max-age=31536000');
    done(isAllowedOrigin(request, publicUrl) ? undefined : foreignOrigin());
  });
  endConnectionsAtStop(fastify);
}

/**
 * A server that closes ends the connections that are idle at that moment only: one that is answered later would hold its
 * stop up for as long as it is kept alive (72 s).
 */
function endConnectionsAtStop(fastify: FastifyInstance): void {
  let isStopping = false;
  fastify.addHook('preClose', (done) => {
    isStopping = true;
    done();
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (isStopping) void reply.header('Connection', 'close');
    done();
  });
}

function isAllowedOrigin(request: FastifyRequest, publicUrl: string): boolean {
  const { headers } = request;
  const isProgram = headers['x-api-key'] !== undefined || headers.authorization !== undefined;
  if (isProgram) return true;
  const secFetchSite = headers['sec-fetch-site'];
  return isFromOwnOrigin(
    {
      method: request.method,
      host: headers.host,
      origin: headers.origin,
      secFetchSite: typeof secFetchSite === 'string' ? secFetchSite : undefined,
    },
    publicUrl,
  );
}

function foreignOrigin(): DomainError {
  return new DomainError('forbidden', 'Changes are accepted from the console\u2019s own pages only');
}
