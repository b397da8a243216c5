import { HttpException } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { STATUS_CODES } from 'node:http';
import { DomainError, type ErrorKind, type FieldError } from '../kernel/domain-error.ts';

/** Wrong field and why. */
export class ProblemField {
  @ApiProperty() field!: string;
  @ApiProperty() message!: string;
}

/** Every error's body (RFC 9457, application/problem+json). */
export class Problem {
  @ApiProperty({ example: 'about:blank' }) type!: string;
  @ApiProperty({ example: 'Not Found' }) title!: string;
  @ApiProperty({ type: 'integer', example: 404 }) status!: number;
  @ApiProperty({ example: 'Project not found' }) detail!: string;
  @ApiProperty({ description: 'Also in the X-Request-Id header and in the log.' }) request_id!: string;
  @ApiPropertyOptional({ type: [ProblemField] }) errors?: FieldError[];
}

/** What is sent, and the header that goes with it. */
export interface ProblemAnswer {
  problem: Problem;
  retryAfterSeconds: number | null;
  /** An error of ours, to be logged with its stack. */
  isUnexpected: boolean;
}

const STATUS: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  too_large: 413,
  too_slow: 408,
  too_many: 429,
  unavailable: 503,
};

/** Maps anything thrown to the answer. What nobody foresaw says nothing about itself. */
export function problemFor(error: unknown, requestId: string): ProblemAnswer {
  if (error instanceof DomainError) {
    const { kind, message, errors, retryAfterSeconds } = error;
    return { ...answer(STATUS[kind], message, { requestId, errors }), retryAfterSeconds };
  }
  const status = clientErrorStatus(error);
  if (status === null)
    return { ...answer(500, 'Something went wrong here', { requestId }), isUnexpected: true };
  if (isBadJson(error)) {
    const message = 'body must be valid JSON';
    return answer(400, message, { requestId, errors: [{ field: 'body', message }] });
  }
  return answer(status, status === 404 ? 'Not found' : messageOf(error), { requestId });
}

function answer(
  status: number,
  detail: string,
  about: { requestId: string; errors?: readonly FieldError[] },
): ProblemAnswer {
  const errors = about.errors ?? [];
  return {
    problem: {
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail,
      request_id: about.requestId,
      ...(errors.length > 0 ? { errors: [...errors] } : {}),
    },
    retryAfterSeconds: null,
    isUnexpected: false,
  };
}

/** Status of a framework's error that is the caller's fault (Nest's HttpException, fastify's errors), else null. */
function clientErrorStatus(error: unknown): number | null {
  if (!(error instanceof Error)) return null;
  const status = error instanceof HttpException ? error.getStatus() : fastifyStatus(error);
  return status >= 400 && status < 500 ? status : null;
}

function fastifyStatus(error: Error): number {
  return 'statusCode' in error ? Number(error.statusCode) : Number.NaN;
}

/** Nest wraps fastify's error, which says what was wrong. */
function isBadJson(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const origin = error instanceof HttpException && error.cause instanceof Error ? error.cause : error;
  const code = 'code' in origin ? String(origin.code) : '';
  const isBodyCode = code === 'FST_ERR_CTP_INVALID_JSON_BODY' || code === 'FST_ERR_CTP_EMPTY_JSON_BODY';
  return isBodyCode || (origin instanceof SyntaxError && fastifyStatus(origin) === 400);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'The request cannot be answered';
}
