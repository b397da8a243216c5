import { expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import { HttpClient } from './http-client.ts';

test.each([
  ['50%off', '50%off'],
  ['a%40b', 'a@b'],
])('a password %s in the address is sent as %s', async (inUrl, sent) => {
  const heard: unknown[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers.authorization);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const client = new HttpClient(`http://me:${inUrl}@127.0.0.1:${port}`, {});
  const answer = await client.request({ method: 'GET', path: '/', timeoutMs: 30_000 }).finally(() => {
    client.close();
    server.close();
  });
  expect(answer.status).toBe(200);
  expect(heard).toEqual([`Basic ${Buffer.from(`me:${sent}`).toString('base64')}`]);
});
