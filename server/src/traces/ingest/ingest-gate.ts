import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { INGEST_BODY_BYTES, isIngestRoute } from '../../http/http-hooks.ts';
import { setPrincipal } from '../../http/access.ts';
import { sentApiKey } from '../../http/sent-api-key.ts';
import { DomainError } from '../../kernel/domain-error.ts';
import { ApiKeyAuthenticator } from '../../projects/index.ts';
import { StreamLimit } from '../../stream-limit/index.ts';

/** Bodies under way in this process; one takes several times its size in memory until it is on the stream. */
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_BYTES_PER_KEY = 16 * 1024 * 1024;
const MAX_REQUESTS_PER_KEY = 64;
const RETRY_AFTER_SECONDS = 1;
const TOO_MUCH = 'Too much is being sent at once';
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

interface UnderWay {
  requests: number;
  bytes: number;
}

/**
 * Bounds what ingest holds in memory, before a body is read: per key (429) and per process (503). Nobody without a
 * live key gets so far that a body of theirs is read, and nobody at all while the stream is full (503).
 */
@Injectable()
export class IngestGate {
  private readonly keys: ApiKeyAuthenticator;
  private readonly limit: StreamLimit;
  private readonly perKey = new Map<string, UnderWay>();
  private bytes = 0;

  constructor(keys: ApiKeyAuthenticator, limit: StreamLimit) {
    this.keys = keys;
    this.limit = limit;
  }

  /**
   * @returns what to call when the request is over, however it ended
   * @throws DomainError `unauthenticated`, `too_many` or `unavailable`
   */
  async enter(request: Pick<FastifyRequest, 'headers'>): Promise<() => void> {
    const { headers } = request;
    const apiKey = sentApiKey(headers);
    const principal = apiKey === null ? null : await this.keys.authenticate(apiKey);
    if (principal === null) throw new DomainError('unauthenticated', 'Invalid API key');
    setPrincipal(request, principal);
    if (this.limit.isFull) throw tryAgain('unavailable', 'The event stream is full');
    const { keyId } = principal;
    const bytes = Number(headers['content-length'] ?? INGEST_BODY_BYTES);
    const own = this.perKey.get(keyId) ?? { requests: 0, bytes: 0 };
    const isTooMuch = own.bytes > 0 && own.bytes + bytes > MAX_BYTES_PER_KEY;
    if (own.requests >= MAX_REQUESTS_PER_KEY || isTooMuch) throw tryAgain('too_many', TOO_MUCH);
    if (this.bytes > 0 && this.bytes + bytes > MAX_BYTES) throw tryAgain('unavailable', TOO_MUCH);
    this.perKey.set(keyId, own);
    own.requests += 1;
    own.bytes += bytes;
    this.bytes += bytes;
    return () => {
      own.requests -= 1;
      own.bytes -= bytes;
      this.bytes -= bytes;
      if (own.requests === 0) this.perKey.delete(keyId);
    };
  }
}

function tryAgain(kind: 'too_many' | 'unavailable', detail: string): DomainError {
  return new DomainError(kind, detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}

/** Puts the gate before every route that takes data in. Call it before the application starts. */
export function addIngestGate(fastify: FastifyInstance, gate: IngestGate): void {
  fastify.addHook('onRequest', async (request, reply) => {
    if (READING.has(request.method) || !isIngestRoute(request.routeOptions.url ?? '')) return;
    const leave = await gate.enter(request);
    if (reply.raw.destroyed) leave();
    else reply.raw.once('close', leave);
  });
}
