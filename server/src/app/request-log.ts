import { Logger } from '@nestjs/common';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

/**
 * A line for every request that failed for a reason of ours, one at level `debug` for the others. A hook, since a
 * middleware with a logger for each request takes more time than taking in a batch of events should.
 */
export function addRequestLog(fastify: FastifyInstance): void {
  const log = new Logger('Request');
  fastify.addHook('onResponse', (request, reply, done) => {
    if (reply.statusCode >= 500 && !isProbe(request)) log.warn(fieldsOf(request, reply), 'A request failed');
    else log.debug(fieldsOf(request, reply), 'A request was answered');
    done();
  });
}

/** No headers, no body, and no query, which may hold a set-up token. */
function fieldsOf(request: FastifyRequest, reply: FastifyReply): object {
  return {
    requestId: request.id,
    method: request.method,
    path: pathOf(request),
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime),
  };
}

/** Not being ready is an answer, asked for every few seconds; what is missing says so itself. */
const isProbe = (request: FastifyRequest): boolean => pathOf(request).startsWith('/health/');

const pathOf = ({ url }: FastifyRequest): string => url.split('?', 1)[0] ?? '';
