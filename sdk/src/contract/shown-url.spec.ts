import { describe, expect, test } from '@jest/globals';
import { messages } from './messages.ts';
import { redactUrl, shownUrl } from './shown-url.ts';

describe('a URL is shown', () => {
  test.each([
    ['redis://redis:6379', 'redis://redis:6379'],
    ['redis://redis:6379/3', 'redis://redis:6379/3'],
    ['redis://me:secret@redis:6379/3', 'redis://***@redis:6379/3'],
    ['redis://:secret@redis', 'redis://***@redis'],
    ['redis://redis?password=secret&family=6', 'redis://redis'],
    ['http://studio:8001/base/#secret', 'http://studio:8001/base/'],
    // Passwords that are not escaped.
    ['http://me:1#secret@studio', 'http://***'],
    ['redis://me:1/secret@redis:6379', 'redis://***'],
    ['redis://me:1?secret@redis:6379', 'redis://***'],
    ['me:secret@redis:6379', 'me://***'],
    ['sws_secret', '(not a URL)'],
    ['redis://:k3J/secret@redis:6379', '(not a URL)'],
  ])('%s as %s', (url, shown) => {
    expect(shownUrl(url)).toBe(shown);
  });

  test('so by every message that names one', () => {
    const url = 'redis://me:secret@redis?password=secret#secret';
    const all = [messages.initialized(url, 'p'), messages.refused(url), messages.redisConnected(url)];
    for (const { lines } of all) {
      expect(lines.join()).toContain('redis://***@redis');
      expect(lines.join()).not.toContain('secret');
    }
  });
});

test.each([
  ['no route to redis://me:k3J/secret@redis:6379, sorry', 'no route to redis://***@redis:6379, sorry'],
  ['no route to redis://me:k3J/se?c#ret@redis:6379, sorry', 'no route to redis://*** sorry'],
  ['http://studio/x?token=sec@ret', 'http://***'],
  ['(http://studio/x?token=secret)', '(http://studio/x?***'],
  ['http://me:secret@one,http://me:secret@two', 'http://***@two'],
  ['connect ECONNREFUSED 127.0.0.1:6379', 'connect ECONNREFUSED 127.0.0.1:6379'],
])('in the text of an error no URL keeps what may be secret: %s', (reason, shown) => {
  expect(redactUrl(reason)).toBe(shown);
});
