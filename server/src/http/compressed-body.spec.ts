import { afterAll, expect, test } from '@jest/globals';
import fastify from 'fastify';
import { PassThrough } from 'node:stream';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { addCompressedBodies } from './compressed-body.ts';
import { problemFor } from './problem.ts';

const BODY_LIMIT = 100_000;
const app = fastify({ bodyLimit: BODY_LIMIT });
const bodies: PassThrough[] = [];
addCompressedBodies(app);
app.addHook('preParsing', (_request, _reply, payload, done) => {
  if (payload instanceof PassThrough) bodies.push(payload);
  done(null, payload);
});
app.setErrorHandler((error, request, reply) => {
  const { problem } = problemFor(error, request.id);
  void reply.status(problem.status).send(problem);
});
app.post('/', ({ body }) => ({ body }));
afterAll(() => app.close());

async function answerTo(encoding: string, payload: Buffer): Promise<{ status: number; body: unknown }> {
  const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
  const { statusCode, json } = await app.inject({ method: 'POST', url: '/', headers, payload });
  return { status: statusCode, body: json<object>() };
}

const value = { name: 'x'.repeat(50_000) };
const text = JSON.stringify(value);
const whole = gzipSync(text);

test.each([
  ['gzip', whole],
  ['GZIP', whole],
  ['deflate', deflateSync(text)],
  ['br', brotliCompressSync(text)],
  ['identity', Buffer.from(text)],
])('a body of %s is read', async (encoding, payload) => {
  expect(await answerTo(encoding, payload)).toEqual({ status: 200, body: { body: value } });
});

test.each([
  ['plain text', Buffer.from(text)],
  ['cut off', whole.subarray(0, whole.length - 12)],
  ['of a wrong checksum', Buffer.concat([whole.subarray(0, -8), Buffer.alloc(8, 1)])],
  ['empty', Buffer.alloc(0)],
])('gzip that is %s is refused with what is wrong', async (_, payload) => {
  const message = 'body is not valid gzip';
  const errors = [{ field: 'body', message }];
  expect(await answerTo('gzip', payload)).toMatchObject({ status: 400, body: { detail: message, errors } });
});

test('an encoding nobody reads here is refused with those that are', async () => {
  expect(await answerTo('zstd', whole)).toMatchObject({
    status: 415,
    body: { detail: 'The Content-Encoding of a body is one of gzip, deflate, br' },
  });
});

test('of a small body that says too much no more is inflated once that is known', async () => {
  const bomb = brotliCompressSync(Buffer.alloc(50_000_000));
  expect(bomb.length).toBeLessThan(1_000);
  bodies.length = 0;
  expect((await answerTo('br', bomb)).status).toBe(413);
  const [body] = bodies;
  let inflatedBytes = 0;
  body?.on('data', (chunk: Buffer) => (inflatedBytes += chunk.length));
  await new Promise((resolve) => (body?.closed === true ? resolve(null) : body?.once('close', resolve)));
  expect(inflatedBytes).toBeLessThan(10 * BODY_LIMIT);
});
