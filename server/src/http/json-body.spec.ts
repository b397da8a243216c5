import { expect, test } from '@jest/globals';
import fastify from 'fastify';
import { isRecord } from '../kernel/is-record.ts';
import { jsonBodyParser } from './json-body.ts';

const app = fastify();
app.removeContentTypeParser('application/json');
const careful = app.getDefaultJsonParser('remove', 'remove');
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, jsonBodyParser(careful));
app.addContentTypeParser('application/careful', { parseAs: 'string' }, careful);
app.post('/', ({ body }) => ({ body }));
app.post('/by-name', { config: { readsByName: true } }, ({ body }) => ({
  names: isRecord(body) ? Object.keys(body) : [],
  isPlain: isRecord(body) && Reflect.getPrototypeOf(body) === Object.prototype,
}));

async function answerTo(type: string, payload: Buffer): Promise<object> {
  const { statusCode, json } = await app.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': `application/${type}` },
    payload,
  });
  const { code, body }: { code?: string; body?: unknown } = json();
  return { statusCode, code, body };
}

test.each([
  '{"a":[1,"\\u00e9",null],"b":{"c":1.5}}',
  '\ufeff{"a":1}',
  '{"__proto__":{"x":1},"a":1}',
  '{"a":[{"\\u005f_proto__":1,"b":2}]}',
  '{"constructor":{"prototype":{"x":1}},"a":1}',
  '{"c\\u006fnstructor" : {"prototype":1},"a":1}',
  '{"constructor":"a name","a":"__proto__"}',
  '"__proto__"',
  'null',
  '12',
  '',
  '{',
  '{"a":1}}',
  '{"a":\u0001}',
])('%j is read as fastify reads it, without names of prototypes', async (text) => {
  const payload = Buffer.from(text);
  const answer = await answerTo('json', payload);
  expect(answer).toEqual(await answerTo('careful', payload));
  expect(JSON.stringify(answer)).not.toMatch(/"__proto__":|"prototype":/);
});

test('a route that reads by name gets names of prototypes as members, and its faulty bodies are refused alike', async () => {
  const post = (payload: string) =>
    app.inject({ method: 'POST', url: '/by-name', headers: { 'content-type': 'application/json' }, payload });
  const { json } = await post('{"__proto__":{"x":1},"a":1}');
  expect(json()).toEqual({ names: ['__proto__', 'a'], isPlain: true });
  expect((await post('{')).json()).toMatchObject({ code: 'FST_ERR_CTP_INVALID_JSON_BODY' });
});
