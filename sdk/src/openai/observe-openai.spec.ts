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

test('what is set on an object that inherits from an observed client or part is its own', () => {
  const client = clientOf();
  const observed = observeOpenAI(client);
  const inheriting = Object.create(observed) as typeof client;
  inheriting.apiKey = 'other';
  const completions = Object.create(observed.chat.completions) as typeof client.chat.completions;
  completions._client = { other: true };
  expect([client.apiKey, inheriting.apiKey]).toEqual(['k', 'other']);
  expect([client.chat.completions._client, completions._client]).toEqual([{}, { other: true }]);
});

test('methods show what is attached to them', () => {
  const noted = <T>(result: T): (() => T) & { note: string } => Object.assign(() => result, { note: 'mine' });
  const parts = { responses: { create: noted(Promise.resolve({})), retrieve: noted('stored') } };
  const { responses, models } = observeOpenAI({ ...parts, models: noted(['m']) });
  expect([responses.create.note, responses.retrieve.note, models.note]).toEqual(['mine', 'mine', 'mine']);
  expect([responses.retrieve(), models()]).toEqual(['stored', ['m']]);
});

test('a part of an observed client is not observed again', () => {
  const { chat } = observeOpenAI(clientOf());
  expect(observeOpenAI(chat)).toBe(chat);
});
