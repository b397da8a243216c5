import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { OpenAI } from 'openai';
import { flush } from '../src/index.ts';
import { OpenAiServer } from './openai-server.ts';
import { recordedTraces } from './recorded-runs.ts';
import { useObservedProject } from './use-observed-project.ts';

export const messages = [{ role: 'user' as const, content: 'Largest city of Switzerland?' }];
export const tools = [
  {
    type: 'function' as const,
    function: {
      name: 'get_weather',
      description: 'weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];
/** What the server counts, as the SDK tells it. */
export const usage = { input: 100, output: 50, total: 150, input_cached: 80, output_reasoning: 30 };

/** A scripted server, clients of it, and what was recorded of their calls; a project of its own for each test. */
export function useObservedOpenAI() {
  const server = new OpenAiServer();
  const project = useObservedProject();
  beforeAll(() => server.start());
  afterAll(() => server.stop());
  beforeEach(() => void (server.requests.length = 0));
  const newClient = (): OpenAI => new OpenAI({ apiKey: 'sk-test', baseURL: server.baseURL });
  const observations = async () => {
    await flush(60_000);
    return [...(await project.observations()).values()];
  };
  const traceEnds = async () => (await recordedTraces(project)).ends;
  return { server, project, newClient, observations, traceEnds };
}
