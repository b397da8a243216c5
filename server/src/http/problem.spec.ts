import { describe, expect, test } from '@jest/globals';
import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { DomainError, type ErrorKind } from '../kernel/domain-error.ts';
import { problemFor } from './problem.ts';

describe('problemFor', () => {
  test.each<[ErrorKind, number, string]>([
    ['invalid', 400, 'Bad Request'],
    ['unauthenticated', 401, 'Unauthorized'],
    ['forbidden', 403, 'Forbidden'],
    ['not_found', 404, 'Not Found'],
    ['conflict', 409, 'Conflict'],
    ['gone', 410, 'Gone'],
    ['too_large', 413, 'Payload Too Large'],
    ['too_many', 429, 'Too Many Requests'],
    ['unavailable', 503, 'Service Unavailable'],
  ])('answers %s with %p', (kind, status, title) => {
    const { problem, isUnexpected } = problemFor(new DomainError(kind, 'Because'), 'id-1');
    expect(problem).toEqual({ type: 'about:blank', title, status, detail: 'Because', request_id: 'id-1' });
    expect(isUnexpected).toBe(false);
  });

  test('passes fields and the time to wait on', () => {
    const errors = [{ field: 'name', message: 'name is required' }];
    const error = new DomainError('invalid', 'name is required', { errors, retryAfterSeconds: 5 });
    const { problem, retryAfterSeconds } = problemFor(error, 'id');
    expect(problem.errors).toEqual(errors);
    expect(retryAfterSeconds).toBe(5);
  });

  test('names the body when it is not JSON', () => {
    const origin = Object.assign(new Error('Body is not valid JSON'), {
      code: 'FST_ERR_CTP_INVALID_JSON_BODY',
      statusCode: 400,
    });
    for (const error of [origin, new HttpException(origin.message, 400, { cause: origin })]) {
      expect(problemFor(error, 'id').problem).toMatchObject({
        status: 400,
        detail: 'body must be valid JSON',
        errors: [{ field: 'body', message: 'body must be valid JSON' }],
      });
    }
  });

  test('keeps the status of a framework\u2019s refusal', () => {
    expect(problemFor(new NotFoundException('Cannot GET /x'), 'id').problem).toMatchObject({
      status: 404,
      detail: 'Not found',
    });
    expect(problemFor(new BadRequestException('No'), 'id').problem).toMatchObject({
      status: 400,
      detail: 'No',
    });
    const tooLarge = Object.assign(new Error('Request body is too large'), { statusCode: 413 });
    expect(problemFor(tooLarge, 'id').problem).toMatchObject({
      status: 413,
      detail: 'Request body is too large',
    });
  });

  test.each([
    new Error('password=hunter2'),
    new TypeError('x is undefined'),
    'text',
    null,
    undefined,
    { statusCode: 400 },
  ])('says nothing about what nobody foresaw: %p', (error) => {
    const { problem, isUnexpected } = problemFor(error, 'id');
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      detail: 'Something went wrong here',
      request_id: 'id',
    });
    expect(isUnexpected).toBe(true);
  });
});
