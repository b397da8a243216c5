import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { problemFor } from './problem.ts';

/** The one place where errors become answers. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const { problem, retryAfterSeconds, isUnexpected } = problemFor(error, request.id);
    if (isUnexpected) {
      this.log.error(
        { err: error, requestId: request.id, route: request.routeOptions.url },
        'A request failed',
      );
    }
    if (reply.sent) return;
    if (retryAfterSeconds !== null) void reply.header('Retry-After', String(Math.ceil(retryAfterSeconds)));
    void reply
      .status(problem.status)
      .header('Content-Type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(problem));
  }
}
