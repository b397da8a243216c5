import type { FastifyBodyParser, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * For routes whose bodies have many values: names of prototypes stay in them. What takes such a body reads it by names it
     * knows and never copies its members into another object.
     */
    readsByName?: boolean;
    /** Reads bodies of more than {@link LARGE_BODY_BYTES} in a way of its own. What it throws is the answer. */
    readsLarge?: (body: Buffer) => LargeBody;
  }
}

/** Smaller bodies are parsed in a moment, whatever they say. */
export const LARGE_BODY_BYTES = 256 * 1024;

/** What a route made of a large body. */
export interface LargeBody {
  /** What stands for the bytes from here on, as `rawBody`. */
  readonly bytes: Buffer;
  readonly value: unknown;
}

/**
 * Reads JSON bodies as fastify's own parser does, which looks for the names of prototypes with two expressions over the
 * whole text: three times the cost of parsing it. Here native search says which bodies may have such a name at all, and
 * those, and what is wrong in any way, are left to that parser. Routes that `readsByName` need no
 * search.
 */
export function jsonBodyParser(careful: FastifyBodyParser<string>): FastifyBodyParser<Buffer> {
  return (request, body, done) => {
    const { readsLarge } = request.routeOptions.config;
    if (readsLarge !== undefined && body.length > LARGE_BODY_BYTES)
      return readLarge(request, () => readsLarge(body), done);
    const text = body.toString('utf8');
    const parsed = isDangerous(request, text) ? FAULTY : parse(text);
    if (parsed === FAULTY) return careful(request, text, done);
    done(null, parsed);
  };
}

type Done = (error: Error | null, body?: unknown) => void;

function readLarge(request: FastifyRequest, read: () => LargeBody, done: Done): void {
  try {
    const { bytes, value } = read();
    Object.assign(request, { rawBody: bytes });
    done(null, value);
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
  }
}

const FAULTY = Symbol('faulty');

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return FAULTY;
  }
}

const isDangerous = ({ routeOptions }: FastifyRequest, text: string): boolean =>
  routeOptions.config.readsByName !== true && mayNamePrototype(text);

/** Plainly, or with escapes, which for these letters all begin alike. */
function mayNamePrototype(text: string): boolean {
  return text.includes('"__proto__"') || text.includes('"constructor"') || text.includes('\\u00');
}
