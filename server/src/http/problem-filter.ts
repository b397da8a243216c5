import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { DomainError } from '../kernel/domain-error.ts';
import { problemFor } from './problem.ts';

const TOO_LARGE = 413;

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
    if (problem.status === TOO_LARGE && !(error instanceof DomainError)) {
      problem.detail = `The body is larger than ${String(request.routeOptions.bodyLimit)} bytes`;
    }
    if (reply.sent) return;
    if (retryAfterSeconds !== null) void reply.header('Retry-After', String(Math.ceil(retryAfterSeconds)));
    void reply
      .status(problem.status)
      .header('Content-Type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(problem));
  }
}
