import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/**
 * A process that takes what every library sends over HTTP, answers at once, and counts the finished spans when asked
 * to: bodies are kept unread until then, so that counting costs nothing while it is measured.
 */
interface Taken {
  readonly path: string;
  readonly body: Buffer;
}

const LANGSMITH_INFO = { version: '0.10.0', batch_ingest_config: { use_multipart_endpoint: true } };
const LONG_POLL_MS = 25_000;

let taken: Taken[] = [];

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const listOf = (value: unknown, key: string): unknown[] => {
  const list = isRecord(value) ? value[key] : undefined;
  return Array.isArray(list) ? list : [];
};

function otlpSpans(body: Buffer): string[] {
  const request: unknown = JSON.parse(body.toString());
  return listOf(request, 'resourceSpans')
    .flatMap((resource) => listOf(resource, 'scopeSpans'))
    .flatMap((scope) => listOf(scope, 'spans'))
    .map((span) => (isRecord(span) ? String(span['spanId']) : ''));
}

/** A run is whole once its outputs have come, with its creation or with its update. */
function langSmithRuns(body: Buffer): string[] {
  return [...body.toString('latin1').matchAll(/name="(?:post|patch)\.([0-9a-f-]{36})\.outputs"/g)].map(
    ([, id]) => id ?? '',
  );
}

function studioObservations(body: Buffer): string[] {
  const request: unknown = JSON.parse(body.toString());
  return listOf(request, 'events').flatMap((event) => {
    const isEnded =
      isRecord(event) && ['observation', 'observation_end'].includes(String(event['event_type']));
    return isEnded ? [String(event['observation_id'])] : [];
  });
}

function idsOf({ path, body }: Taken): string[] {
  if (path.endsWith('/v1/traces')) return otlpSpans(body);
  if (path.endsWith('/runs/multipart')) return langSmithRuns(body);
  return path.endsWith('/api/v1/events') ? studioObservations(body) : [];
}

function answer(path: string, response: ServerResponse): void {
  const isLongPoll = path.includes('/tracing');
  if (isLongPoll) setTimeout(() => response.writeHead(304).end(), LONG_POLL_MS).unref();
  else {
    const body = path.endsWith('/info')
      ? LANGSMITH_INFO
      : { status: 'accepted', rejected: [], config_version: 1, tracing_enabled: true };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }
}

function take(request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    if (request.method === 'POST') taken.push({ path, body: Buffer.concat(pieces) });
    answer(path, response);
  });
}

const server = createServer(take);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 });
});
process.on('message', () => {
  const spans = new Set(taken.flatMap(idsOf)).size;
  taken = [];
  process.send?.({ spans });
});
process.on('disconnect', () => process.exit());
