import { expect, test } from '@jest/globals';
import { flush, Traced } from '../../src/index.ts';
import { useObservedProject } from '../use-observed-project.ts';

const project = useObservedProject();

type Decorate = (...args: unknown[]) => unknown;
const isDecorate = (value: unknown): value is Decorate => typeof value === 'function';

/** As a program without types calls it. */
function decorate(...args: unknown[]): unknown {
  const decorator: unknown = Traced('named');
  return isDecorate(decorator) ? decorator(...args) : decorator;
}

test('leaves alone what is no method, with decorators of both kinds', () => {
  class Agent {
    static run = (): number => 1;
    field = 1;
  }
  expect(decorate(Agent.prototype, 'field', undefined)).toBeUndefined();
  expect(decorate(Agent, 'run', undefined)).toBeUndefined();
  expect(decorate(Agent)).toBeUndefined();
  expect(decorate(Agent, { kind: 'class', name: 'Agent' })).toBeUndefined();
  expect(decorate(undefined, { kind: 'field', name: 'field' })).toBeUndefined();
});

test('records a method that a standard decorator is given', async () => {
  const traced = decorate((n: number) => n + 1, { kind: 'method', name: 'add' });
  expect(isDecorate(traced) && traced(1)).toBe(2);
  await flush();
  expect((await project.observations()).get('named')).toMatchObject({ input: 1, output: 2 });
});
