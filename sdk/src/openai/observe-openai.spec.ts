import { expect, test } from '@jest/globals';
import { observeOpenAI } from './observe-openai.ts';

const answer = { choices: [] };
const clientOf = () => ({
  apiKey: 'k',
  chat: { completions: { create: () => Promise.resolve(answer), _client: {} } },
  models: () => ['m'],
});

test('a client of which parts are frozen works as before', async () => {
  const whole = Object.freeze(clientOf());
  const part = clientOf();
  Object.freeze(part.chat);
  const method = clientOf();
  Object.freeze(method.chat.completions);
  for (const client of [whole, part, method]) {
    const observed = observeOpenAI(client);
    expect(await observed.chat.completions.create()).toBe(answer);
    expect(observed.chat.completions._client).toBeDefined();
    expect(observed.apiKey).toBe('k');
    expect(observed.models()).toEqual(['m']);
  }
});

test('what is no client is handed back', () => {
  for (const wrong of [null, undefined, 7])
    expect(Reflect.apply(observeOpenAI, undefined, [wrong])).toBe(wrong);
});
