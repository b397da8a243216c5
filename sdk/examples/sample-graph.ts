import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { setTimeout as delay } from 'node:timers/promises';
import { traced, updateCurrentObservation } from 'swisper-studio';

interface ChatMessage {
  role: 'user' | 'assistant' | 'tool';
  content: string;
}

interface Plan {
  goal: string;
  steps: { tool: string; done: boolean }[];
}

const State = Annotation.Root({
  user_id: Annotation<string>(),
  session_id: Annotation<string>(),
  run: Annotation<number>(),
  messages: Annotation<ChatMessage[]>({
    reducer: (before, added) => [...before, ...added],
    default: () => [],
  }),
  intent: Annotation<string | null>(),
  memory: Annotation<{ facts: string[]; profile: { language: string; lastSeenRun: number } }>(),
  plan: Annotation<Plan | null>(),
  answer: Annotation<string>(),
});

type AgentState = typeof State.State;

const FAILING_RUN = 5;

const lastUserText = ({ messages }: AgentState): string =>
  messages.findLast(({ role }) => role === 'user')?.content ?? '';

/** A model that follows a script: what matters here is how its call looks when observed. */
const askModel = traced(
  'scripted_llm',
  async (prompt: { system: string; user: string }): Promise<{ role: 'assistant'; content: string }> => {
    await delay(350);
    const content = `Here is what I found for "${prompt.user}": everything is in order.`;
    const input = Math.ceil((prompt.system.length + prompt.user.length) / 4);
    const output = Math.ceil(content.length / 4);
    updateCurrentObservation({
      model: 'scripted-1',
      modelParameters: { temperature: 0 },
      usage: { input, output, total: input + output },
      cost: {
        input: input * 0.000_002,
        output: output * 0.000_008,
        total: input * 0.000_002 + output * 0.000_008,
      },
      meta: { provider: 'none' },
    });
    return { role: 'assistant', content };
  },
  { type: 'GENERATION', model: 'scripted-1' },
);

const lookUp = traced(
  'lookup_tool',
  async (query: string, run: number): Promise<{ query: string; results: string[] }> => {
    await delay(250);
    if (run % FAILING_RUN === 0) throw new Error('lookup_tool: upstream answered 503');
    return { query, results: ['first result', 'second result'] };
  },
  { type: 'TOOL' },
);

async function classifyIntent(state: AgentState): Promise<Partial<AgentState>> {
  await delay(250);
  return { intent: lastUserText(state).endsWith('?') ? 'question' : 'task' };
}

async function memoryNode(state: AgentState): Promise<Partial<AgentState>> {
  await delay(300);
  return {
    memory: { facts: ['prefers short answers'], profile: { language: 'en', lastSeenRun: state.run } },
  };
}

async function globalPlanner(state: AgentState): Promise<Partial<AgentState>> {
  await delay(400);
  const { facts, profile } = state.memory;
  return {
    plan: { goal: lastUserText(state), steps: [{ tool: 'lookup_tool', done: false }] },
    memory: {
      facts: [...facts, `asked: ${lastUserText(state)}`],
      profile: { ...profile, language: 'en-CH' },
    },
  };
}

async function agentExecution(state: AgentState): Promise<Partial<AgentState>> {
  await delay(150);
  const found = await lookUp(state.plan?.goal ?? '', state.run);
  const reply = await askModel({ system: 'You are a helpful assistant.', user: found.query });
  const messages: ChatMessage[] = [{ role: 'tool', content: JSON.stringify(found.results) }, reply];
  return { messages, plan: { goal: found.query, steps: [{ tool: 'lookup_tool', done: true }] } };
}

async function userInterface(state: AgentState): Promise<Partial<AgentState>> {
  await delay(200);
  // The plan has been carried out: later nodes and the next run must not see it.
  return { answer: state.messages.at(-1)?.content ?? '', plan: null, intent: null };
}

/** classify_intent → memory_node → global_planner → agent_execution → user_interface. Every fifth run fails in the fourth. */
export const sampleGraph = () =>
  new StateGraph(State)
    .addNode('classify_intent', classifyIntent)
    .addNode('memory_node', memoryNode)
    .addNode('global_planner', globalPlanner)
    .addNode('agent_execution', agentExecution)
    .addNode('user_interface', userInterface)
    .addEdge(START, 'classify_intent')
    .addEdge('classify_intent', 'memory_node')
    .addEdge('memory_node', 'global_planner')
    .addEdge('global_planner', 'agent_execution')
    .addEdge('agent_execution', 'user_interface')
    .addEdge('user_interface', END)
    .compile();
