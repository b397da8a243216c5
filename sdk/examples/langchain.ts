/**
 * LangChain.js without a graph: give the handler to what you run, or to a model once and for all (`new ChatOpenAI({ callbacks })`).
 */
import { StringOutputParser } from '@langchain/core/output_parsers';
import { ChatPromptTemplate } from '@langchain/core/prompts';
import { FakeListChatModel } from '@langchain/core/utils/testing';
import { initializeTracing, shutdown } from 'swisper-studio';
import { SwisperStudioHandler } from 'swisper-studio/langchain';

initializeTracing();

// Any chat model of LangChain's: ChatOpenAI, ChatAnthropic…
const model = new FakeListChatModel({ responses: ['Bern'] });
const chain = ChatPromptTemplate.fromTemplate('What is the capital of {country}?')
  .pipe(model)
  .pipe(new StringOutputParser());

const answer = await chain.invoke(
  { country: 'Switzerland' },
  {
    runName: 'capital_of',
    callbacks: [new SwisperStudioHandler()],
    metadata: { user_id: 'anna', session_id: 'chat-1' },
    tags: ['example'],
  },
);
console.log(answer);
await shutdown();
