import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { DomainError } from '../kernel/domain-error.ts';

const LOOK_MS = 1_000;
/** Looks within which a body may be as slow as it likes. */
const GRACE_LOOKS = 5;
const LEAST_BYTES_PER_SECOND = 16 * 1024;
/** What would not be whole by then would be cut anyway: it is the time a request may take. */
const LONGEST_SECONDS = 60;
const RETRY_AFTER_SECONDS = 1;

interface SlowBody {
  readonly raw: IncomingMessage;
  readonly leastPerLook: number;
  readonly refuse: (error: DomainError) => void;
  readonly bytesBefore: number;
  looks: number;
}

/**
 * Refuses bodies that come too slowly (408, and the connection is cut): what they are let in with, they hold until they are
 * whole. It counts its own looks, not time, so that nobody pays for a moment in which this process read nothing.
 */
export class BodyPace {
  private readonly bodies = new Set<SlowBody>();
  private timer: NodeJS.Timeout | null = null;

  /**
   * To be called before the body is read. After 5 s it must have come at 16 KB a second on average, as sent, or as fast as
   * would make it whole within a minute where that is more.
   * @param payload what is read of the request
   * @param mostBytes taken for the length of a body that does not tell it
   */
  watch(request: FastifyRequest, reply: FastifyReply, payload: Readable, mostBytes: number): void {
    const { raw } = request;
    if (raw.complete) return;
    const length = Number(request.headers['content-length'] ?? mostBytes);
    const perSecond = Math.max(LEAST_BYTES_PER_SECOND, length / LONGEST_SECONDS);
    const refuse = (error: DomainError): void => {
      // Nobody waits for the rest.
      void reply.header('connection', 'close');
      // The connection itself must live until there was an answer.
      if (payload === raw) raw.emit('error', error);
      else payload.destroy(error);
    };
    const leastPerLook = (perSecond * LOOK_MS) / 1_000;
    const body = { raw, leastPerLook, refuse, bytesBefore: raw.socket.bytesRead, looks: 0 };
    this.bodies.add(body);
    reply.raw.once('close', () => this.bodies.delete(body));
    this.timer ??= setInterval(() => this.look(), LOOK_MS).unref();
  }

  private look(): void {
    for (const body of this.bodies) {
      if (body.raw.complete || body.raw.destroyed) this.bodies.delete(body);
      else if (isTooSlow(body)) {
        this.bodies.delete(body);
        body.refuse(tooSlow(body));
      }
    }
    if (this.bodies.size > 0 || this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
  }
}

function isTooSlow(body: SlowBody): boolean {
  const { raw, leastPerLook, bytesBefore } = body;
  body.looks += 1;
  return body.looks >= GRACE_LOOKS && raw.socket.bytesRead - bytesBefore < leastPerLook * body.looks;
}

function tooSlow({ leastPerLook }: SlowBody): DomainError {
  const least = String(Math.ceil((leastPerLook * 1_000) / LOOK_MS));
  const detail = `The body came too slowly: after ${String((GRACE_LOOKS * LOOK_MS) / 1_000)} seconds at least ${least} bytes a second are wanted`;
  return new DomainError('too_slow', detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
