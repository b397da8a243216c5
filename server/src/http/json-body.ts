import type { FastifyBodyParser } from 'fastify';

/**
 * Reads JSON bodies as fastify's own parser does, which looks for the names of prototypes with two expressions over the
 * whole text: three times the cost of parsing it. Here native search says which bodies may have such a name at all, and
 * those, and what is wrong in any way, are left to that parser.
 */
export function jsonBodyParser(careful: FastifyBodyParser<string>): FastifyBodyParser<Buffer> {
  return (request, body, done) => {
    const text = body.toString('utf8');
    const parsed = mayNamePrototype(text) ? FAULTY : parse(text);
    if (parsed === FAULTY) return careful(request, text, done);
    done(null, parsed);
  };
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

/** Plainly, or with escapes, which for these letters all begin alike. */
function mayNamePrototype(text: string): boolean {
  return text.includes('"__proto__"') || text.includes('"constructor"') || text.includes('\\u00');
}
