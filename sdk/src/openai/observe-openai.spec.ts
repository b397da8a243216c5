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

test('what is set on an observed client is set on the client, private fields of it included', async () => {
  class Client {
    #timeout = 1;
    readonly chat = clientOf().chat;
    get timeout(): number {
      return this.#timeout;
    }
    set timeout(timeout: number) {
      this.#timeout = timeout;
    }
  }
  const client = new Client();
  const observed = observeOpenAI(client);
  observed.timeout = 2;
  expect([client.timeout, observed.timeout]).toEqual([2, 2]);
  const create = (): Promise<{ choices: never[] }> => Promise.resolve({ choices: [] });
  observed.chat.completions.create = create;
  expect(client.chat.completions.create).toBe(create);
  expect(await observed.chat.completions.create()).toEqual(answer);
});

test('methods of parts that are not observed may use private fields', () => {
  class Responses {
    readonly #stored = 'stored';
    retrieve(): string {
      return this.#stored;
    }
  }
  expect(observeOpenAI({ responses: new Responses() }).responses.retrieve()).toBe('stored');
});
