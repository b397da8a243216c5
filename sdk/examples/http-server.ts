/**
 * An HTTP server: one trace per request, told who asks. With Express or Fastify it is the same: the body of `respond` is that of a
 * handler, `app.post('/ask', (request, response) => …)`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { initializeTracing, shutdown, startTrace, traced } from 'swisper-studio';

initializeTracing();

const answer = traced('answer', async (question: string): Promise<string> => {
  if (question === '') throw new Error('no question');
  return Promise.resolve(`You asked: ${question}`);
});

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const question = await text(request);
  const trace = startTrace({
    name: `${request.method ?? ''} ${request.url ?? ''}`,
    input: question,
    userId: String(request.headers['x-user'] ?? 'anonymous'),
  });
  try {
    // What is traced in here, also after an await, belongs to this request's trace.
    const body = await trace.run(() => answer(question));
    trace.end({ status: 200, body });
    response.end(body);
  } catch (error) {
    trace.fail(error);
    response.writeHead(500).end();
  }
}

const server = createServer((request, response) => void respond(request, response));
server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => console.log('listening'));

// With a handler of your own the end of the process is yours: let the SDK send the last events.
process.once('SIGTERM', () => {
  server.close(() => void shutdown());
  server.closeIdleConnections();
});
