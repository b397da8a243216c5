import { isUtf8 } from 'node:buffer';
import {
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { type CallHandler } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { isPayloadKind, JSON_MAX_DEPTH, PAYLOAD_KINDS, type PayloadKind } from 'swisper-studio/contract';
import { invalidField } from '../../kernel/domain-error.ts';
import { isRecord } from '../../kernel/is-record.ts';
import { isValueDeeperThan } from '../merging/json-text.ts';
import { memberTexts } from '../merging/loose-json.ts';

/** Payloads of a request as JSON texts, in the order the SDK sends them. */
export type SentPayloadList = readonly (readonly [kind: PayloadKind, jsonText: string])[];

const payloadsOf = new WeakMap<object, SentPayloadList>();

/**
 * Takes the payloads out of a body before it is validated: they keep the text they were sent as (big numbers, key
 * order) and nobody walks through them.
 */
@Injectable()
export class SentPayloadsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest & { rawBody?: Buffer }>();
    const { body, rawBody } = request;
    if (rawBody !== undefined && !isUtf8(rawBody)) throw invalidField('body', 'must be UTF-8');
    if (isValueDeeperThan(body, JSON_MAX_DEPTH)) {
      throw invalidField('body', `must not nest deeper than ${String(JSON_MAX_DEPTH)} levels`);
    }
    payloadsOf.set(request, isRecord(body) ? takePayloads(body, rawBody) : []);
    return next.handle();
  }
}

/** The {@link SentPayloadList} of the request, as a handler's parameter. */
export const SentPayloads = createParamDecorator(
  (_: unknown, context: ExecutionContext): SentPayloadList =>
    payloadsOf.get(context.switchToHttp().getRequest<FastifyRequest>()) ?? [],
);

function takePayloads(body: Record<string, unknown>, rawBody: Buffer | undefined): SentPayloadList {
  const texts = rawBody === undefined ? new Map<string, string>() : memberTexts(rawBody.toString('utf8'));
  const payloads = PAYLOAD_KINDS.filter((kind) => (body[kind] ?? null) !== null).map(
    (kind) => [kind, texts.get(kind) ?? JSON.stringify(body[kind])] as const,
  );
  for (const key of Object.keys(body)) if (isPayloadKind(key)) delete body[key];
  return payloads;
}
