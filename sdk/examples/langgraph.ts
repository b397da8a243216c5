/**
 * LangGraph.js: each run of the graph is a trace, each node an observation with the state before and after it; models and tools
 * that nodes call are below them. (`sample-agent.ts` is a longer one, with an answer at each step and a run that fails.)
 */
import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import OpenAI from 'openai';
import { createTracedGraph, initializeTracing, shutdown } from 'swisper-studio';
import { observeOpenAI } from 'swisper-studio/openai';

initializeTracing();
const openai = observeOpenAI(new OpenAI());

const State = Annotation.Root({
  user_id: Annotation<string>(),
  session_id: Annotation<string>(),
  question: Annotation<string>(),
  topic: Annotation<string>(),
  answer: Annotation<string>(),
});

const graph = new StateGraph(State)
  .addNode('classify', ({ question }) => ({ topic: question.includes('weather') ? 'weather' : 'other' }))
  .addNode('reply', async ({ question, topic }) => {
    const completion = await openai.chat.completions.create({
      model: 'gpt-4o-mini',
      messages: [
        { role: 'system', content: `The topic is ${topic}.` },
        { role: 'user', content: question },
      ],
    });
    return { answer: completion.choices[0]?.message.content ?? '' };
  })
  .addEdge(START, 'classify')
  .addEdge('classify', 'reply')
  .addEdge('reply', END)
  .compile();

const agent = createTracedGraph(graph, { traceName: 'assistant' });
const { answer } = await agent.invoke({
  user_id: 'anna',
  session_id: 'chat-1',
  question: 'How is the weather in Zurich?',
});
console.log(answer);
await shutdown();
