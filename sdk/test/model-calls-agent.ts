/**
 * A traced graph whose nodes ask models in every way: by LangChain, by the OpenAI client, by a stream that is read and one that is
 * left. Configured by SWISPER_STUDIO_* variables only; runs once.
 */
import { tool } from '@langchain/core/tools';
import { Annotation, START, StateGraph } from '@langchain/langgraph';
import OpenAI from 'openai';
import { z } from 'zod';
import { createTracedGraph, initializeTracing, shutdown } from 'swisper-studio';
import { observeOpenAI } from 'swisper-studio/openai';
import { OpenAiServer } from './openai-server.ts';
import { ScriptedChatModel } from './scripted-chat-model.ts';

const provider = new OpenAiServer();
await provider.start();
initializeTracing();
const openai = observeOpenAI(new OpenAI({ apiKey: 'sk-test', baseURL: provider.baseURL }));
const messages = [{ role: 'user' as const, content: 'Largest city of Switzerland?' }];
const stream_options = { include_usage: true };

const add = tool(({ a, b }: { a: number; b: number }) => String(a + b), {
  name: 'add',
  description: 'adds',
  schema: z.object({ a: z.number(), b: z.number() }),
});
const scripted = new ScriptedChatModel({
  text: 'Zurich',
  usage: {
    input_tokens: 100,
    output_tokens: 50,
    total_tokens: 150,
    input_token_details: { cache_read: 80 },
    output_token_details: { reasoning: 30 },
  },
});

const State = Annotation.Root({ user_id: Annotation<string>(), answer: Annotation<string>() });
const graph = new StateGraph(State)
  .addNode('by_langchain', async () => {
    await add.invoke({ a: 1, b: 2 });
    return { answer: (await scripted.invoke('Largest city?')).text };
  })
  .addNode('by_openai', async () => {
    const completion = await openai.chat.completions.create({ model: 'gpt-4o', messages });
    return { answer: completion.choices[0]?.message.content ?? '' };
  })
  .addNode('by_streams', async () => {
    let answer = '';
    const read = { model: 'gpt-4o', messages, stream_options, stream: true } as const;
    for await (const chunk of await openai.chat.completions.create(read))
      answer += chunk.choices[0]?.delta.content ?? '';
    const left = await openai.chat.completions.create({ ...read, model: 'endless' });
    for await (const chunk of left) if (chunk.choices[0]?.delta.content === '.') break;
    return { answer };
  })
  .addEdge(START, 'by_langchain')
  .addEdge('by_langchain', 'by_openai')
  .addEdge('by_openai', 'by_streams')
  .compile();

await createTracedGraph(graph, { traceName: 'asking' }).invoke({ user_id: 'anna' });
await shutdown(60_000);
await provider.stop();
