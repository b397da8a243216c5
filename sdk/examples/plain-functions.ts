/**
 * Plain functions: each call of a traced one is an observation, the outermost opens the trace.
 *
 *   SWISPER_STUDIO_PROJECT_ID=… SWISPER_STUDIO_REDIS_URL=redis://localhost:6379 node sdk/examples/plain-functions.ts
 */
import {
  initializeTracing,
  shutdown,
  traced,
  updateCurrentObservation,
  updateCurrentTrace,
} from 'swisper-studio';

initializeTracing();

const search = traced(
  'search',
  async (query: string): Promise<string[]> => Promise.resolve([`${query}: page 1`, `${query}: page 2`]),
  { type: 'RETRIEVER' },
);

const summarise = traced(
  'summarise',
  async (pages: string[]): Promise<string> => {
    const summary = await Promise.resolve(`${String(pages.length)} pages found`);
    updateCurrentObservation({ model: 'gpt-4o', usage: { input: 42, output: 5, total: 47 } });
    return summary;
  },
  { type: 'GENERATION' },
);

const answer = traced('answer', async (question: { user: string; text: string }): Promise<string> => {
  updateCurrentTrace({ userId: question.user, tags: ['example'] });
  return summarise(await search(question.text));
});

console.log(await answer({ user: 'anna', text: 'weather in Zurich' }));
await shutdown();
