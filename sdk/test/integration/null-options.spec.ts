import { expect, test } from '@jest/globals';
import { RunnableLambda } from '@langchain/core/runnables';
import { createTracedGraph, flush, traced } from '../../src/index.ts';
import { SwisperStudioHandler } from '../../src/langchain/index.ts';
import { observeOpenAI } from '../../src/openai/index.ts';
import { useObservedProject } from '../use-observed-project.ts';

const project = useObservedProject();

test('null stands for no options', async () => {
  const f: unknown = Reflect.apply(traced, undefined, ['f', () => 1, null]);
  expect(typeof f === 'function' && Reflect.apply(f, undefined, [])).toBe(1);
  const client = { embeddings: { create: () => Promise.resolve({ data: [] }) } };
  const observed: unknown = Reflect.apply(observeOpenAI, undefined, [client, null]);
  await (observed as typeof client).embeddings.create();
  const graph = {};
  expect(Reflect.apply(createTracedGraph, undefined, [graph, null])).toBe(graph);
  const handler: unknown = Reflect.construct(SwisperStudioHandler, [null]);
  const chain = RunnableLambda.from(() => 1).withConfig({ runName: 'chain' });
  await chain.invoke({}, { callbacks: [handler as SwisperStudioHandler] });
  await flush();
  expect([...(await project.observations()).keys()]).toEqual(['f', 'openai.embeddings', 'chain']);
});
