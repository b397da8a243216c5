import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Principal, principalOf } from '../../http/access.ts';
import { DomainError } from '../../kernel/domain-error.ts';

/** The request, its reply, and who asks. */
export interface HttpExchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly principal: Principal;
}

/** The {@link HttpExchange} at hand, as a handler's parameter. */
export const CurrentExchange = createParamDecorator((_: unknown, context: ExecutionContext): HttpExchange => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  const principal = principalOf(request);
  if (principal === null) throw new DomainError('unauthenticated', 'Not signed in');
  return { request, reply: http.getResponse<FastifyReply>(), principal };
});
