import { HttpException } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { PassThrough, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { invalidField } from '../kernel/domain-error.ts';

const INFLATERS = new Map([
  ['gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);
const UNSUPPORTED = 415;

/** What a compressed body says, as it is read. */
class InflatedBody extends PassThrough {
  /** Bytes of the body as sent: what fastify holds against the length that was told. */
  receivedEncodedLength = 0;
}

/**
 * Reads compressed bodies. What is broken is the sender's fault (400), and nothing is inflated any more once there is an
 * answer, so that a small body that says much costs no more than the limit of the route.
 */
export function addCompressedBodies(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
    if (encoding === 'identity') return done(null, payload);
    const createInflater = INFLATERS.get(encoding);
    if (createInflater === undefined) return done(unsupported());
    const body = inflated(payload, createInflater(), encoding);
    reply.raw.once('close', () => body.destroy());
    done(null, body);
  });
}

function inflated(sent: Readable, inflater: Transform, encoding: string): InflatedBody {
  const body = new InflatedBody();
  sent.on('data', (chunk: Buffer) => (body.receivedEncodedLength += chunk.length));
  inflater.once('error', () => body.destroy(invalidField('body', `is not valid ${encoding}`)));
  body.once('close', () => {
    sent.unpipe(inflater);
    inflater.destroy();
    // The connection goes on with what comes behind the body.
    sent.resume();
  });
  sent.pipe(inflater).pipe(body);
  return body;
}

function unsupported(): HttpException {
  const known = [...INFLATERS.keys()].join(', ');
  return new HttpException(`The Content-Encoding of a body is one of ${known}`, UNSUPPORTED);
}
