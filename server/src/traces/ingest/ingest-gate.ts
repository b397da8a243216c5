import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { BodyPace } from '../../http/body-pace.ts';
import { INGEST_BODY_BYTES, isIngestRoute } from '../../http/http-hooks.ts';
import { type KeyPrincipal, setPrincipal } from '../../http/access.ts';
import { sentApiKey } from '../../http/sent-api-key.ts';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import { DomainError } from '../../kernel/domain-error.ts';
import { ApiKeyAuthenticator } from '../../projects/index.ts';
import { StreamLimit } from '../../stream-limit/index.ts';

/** Bodies under way in this process; one takes several times its size in memory until it is on the stream. */
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_BYTES_PER_PROJECT = 16 * 1024 * 1024;
const MAX_REQUESTS_PER_PROJECT = 64;
/** Whoever takes longer to send a body is asked for a live key once more when it is there. */
const ASK_AGAIN_AFTER_MS = 1_000;
const RETRY_AFTER_SECONDS = 1;
const TOO_MUCH = 'Too much is being sent at once';
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

interface UnderWay {
  requests: number;
  bytes: number;
}

/** What one request was let in with. */
interface Admission {
  readonly atMs: number;
  /**
   * Tells how long the body has turned out to be so far: compressed ones do not say.
   * @throws DomainError `too_many` or `unavailable` when there is no room for that
   */
  holds: (bytes: number) => void;
  /** To be called when the request is over, however it ended. */
  leave: () => void;
}

/**
 * Bounds what ingest holds in memory, before a body is read: per project (429) and per process (503). Nobody without a
 * live key gets so far that a body of theirs is read, and nobody at all while the stream is full (503). Bodies that come too
 * slowly give their room back ({@link BodyPace}).
 */
@Injectable()
export class IngestGate {
  private readonly keys: ApiKeyAuthenticator;
  private readonly limit: StreamLimit;
  private readonly clock: Clock;
  private readonly perProject = new Map<string, UnderWay>();
  private bytes = 0;

  constructor(keys: ApiKeyAuthenticator, limit: StreamLimit, @Inject(CLOCK) clock: Clock) {
    this.keys = keys;
    this.limit = limit;
    this.clock = clock;
  }

  /** @throws DomainError `unauthenticated`, `too_many` or `unavailable` */
  async enter(request: Pick<FastifyRequest, 'headers'>): Promise<Admission> {
    const { projectId } = await this.authenticate(request);
    if (this.limit.isFull) throw tryAgain('unavailable', 'The event stream is full');
    const own = this.perProject.get(projectId) ?? { requests: 0, bytes: 0 };
    if (own.requests >= MAX_REQUESTS_PER_PROJECT) throw tryAgain('too_many', TOO_MUCH);
    let held = 0;
    const holds = (bytes: number): void => {
      if (bytes > held) held += this.take(own, bytes - held, held);
    };
    holds(Number(request.headers['content-length'] ?? INGEST_BODY_BYTES));
    this.perProject.set(projectId, own);
    own.requests += 1;
    const leave = (): void => {
      own.requests -= 1;
      own.bytes -= held;
      this.bytes -= held;
      if (own.requests === 0) this.perProject.delete(projectId);
    };
    return { atMs: this.clock.nowMs(), holds, leave };
  }

  /** Whether the key may have been revoked while the body came. */
  isLongAgo({ atMs }: Admission): boolean {
    return this.clock.nowMs() - atMs > ASK_AGAIN_AFTER_MS;
  }

  /** @throws DomainError `unauthenticated`; `unavailable` when that cannot be known */
  async authenticate(request: Pick<FastifyRequest, 'headers'>): Promise<KeyPrincipal> {
    const apiKey = sentApiKey(request.headers);
    const principal = apiKey === null ? null : await this.keys.authenticate(apiKey);
    if (principal === null) throw new DomainError('unauthenticated', 'Invalid API key');
    setPrincipal(request, principal);
    return principal;
  }

  /** There is always room for one, however large. @param held what the request has already */
  private take(own: UnderWay, bytes: number, held: number): number {
    if (own.bytes > held && own.bytes + bytes > MAX_BYTES_PER_PROJECT) throw tryAgain('too_many', TOO_MUCH);
    if (this.bytes > held && this.bytes + bytes > MAX_BYTES) throw tryAgain('unavailable', TOO_MUCH);
    own.bytes += bytes;
    this.bytes += bytes;
    return bytes;
  }
}

function tryAgain(kind: 'too_many' | 'unavailable', detail: string): DomainError {
  return new DomainError(kind, detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}

/** Puts the gate before every route that takes data in. Call it before the application starts, behind {@link addCompressedBodies}. */
export function addIngestGate(fastify: FastifyInstance, gate: IngestGate): void {
  const admissions = new WeakMap<object, Admission>();
  const pace = new BodyPace();
  fastify.addHook('onRequest', async (request, reply) => {
    if (READING.has(request.method) || !isIngestRoute(request.routeOptions.url ?? '')) return;
    const admission = await gate.enter(request);
    admissions.set(request, admission);
    if (reply.raw.destroyed) admission.leave();
    else reply.raw.once('close', admission.leave);
  });
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    const admission = admissions.get(request);
    if (admission !== undefined) {
      if (payload !== request.raw) countBytes(payload, admission);
      pace.watch(request, reply, payload, INGEST_BODY_BYTES);
    }
    done(null, payload);
  });
  fastify.addHook('preValidation', (request, _reply, done) => {
    const admission = admissions.get(request);
    if (admission === undefined || !gate.isLongAgo(admission)) return done();
    gate.authenticate(request).then(() => done(), done);
  });
}

function countBytes(inflated: Readable, admission: Admission): void {
  let bytes = 0;
  inflated.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    try {
      admission.holds(bytes);
    } catch (error) {
      inflated.destroy(error instanceof Error ? error : undefined);
    }
  });
}
