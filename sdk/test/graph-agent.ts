import { Annotation, Command, END, interrupt, MemorySaver, START, StateGraph } from '@langchain/langgraph';
import {
  createTracedGraph,
  initializeTracing,
  shutdown,
  traced,
  updateCurrentObservation,
} from 'swisper-studio';

/**
 * An observed agent of every shape: parallel nodes, a subgraph, a loop, an interrupt, and nodes of one step of which one
 * may fail. It runs two conversations, each up to the interrupt and on from there, and ends. Settings: SWISPER_STUDIO_*.
 */

const State = Annotation.Root({
  user_id: Annotation<string>(),
  chat_id: Annotation<string>(),
  messages: Annotation<string[]>({ reducer: (before, added) => [...before, ...added], default: () => [] }),
  rounds: Annotation<number>(),
  approved: Annotation<string>(),
});

const askModel = traced(
  'model',
  (prompt: string) => {
    updateCurrentObservation({ model: 'scripted-1', usage: { input: 3, output: 5, total: 8 } });
    return Promise.resolve(`answer to ${prompt}`);
  },
  { type: 'GENERATION' },
);

/** Answers with its rounds only: its messages would be added to those it was given. */
const research = new StateGraph({
  stateSchema: State,
  output: Annotation.Root({ rounds: State.spec.rounds }),
})
  .addNode('gather', async ({ messages }) => ({ messages: [await askModel(messages[0] ?? '')] }))
  .addNode('draft', () => ({ rounds: 1 }))
  .addEdge(START, 'gather')
  .addEdge('gather', 'draft')
  .compile();

const agent = createTracedGraph(
  new StateGraph(State)
    .addNode('plan', () => ({ rounds: 0 }))
    .addNode('search', () => ({ messages: ['found'] }))
    .addNode('weather', () => ({ messages: ['sunny'] }))
    .addNode('research', research)
    .addNode('refine', ({ rounds }) => ({ rounds: rounds + 1 }))
    .addNode('approve', () => ({ approved: String(interrupt({ question: 'send it?' })) }))
    .addNode('deliver', ({ approved }) => {
      if (approved === 'to nobody') throw new TypeError('no recipient');
      return { messages: ['delivered'] };
    })
    .addNode('archive', () => ({ messages: ['archived'] }))
    .addEdge(START, 'plan')
    .addEdge('plan', 'search')
    .addEdge('plan', 'weather')
    .addEdge(['search', 'weather'], 'research')
    .addEdge('research', 'refine')
    .addConditionalEdges('refine', ({ rounds }) => (rounds < 3 ? 'refine' : 'approve'), ['refine', 'approve'])
    .addEdge('approve', 'deliver')
    .addEdge('approve', 'archive')
    .addEdge('deliver', END)
    .addEdge('archive', END)
    .compile({ checkpointer: new MemorySaver() }),
  { traceName: 'every_way' },
);

async function converse(chat: string, answer: string): Promise<void> {
  const thread = { configurable: { thread_id: chat } };
  await agent.invoke({ user_id: 'external-swisper-user-12345', chat_id: chat, messages: ['hello'] }, thread);
  try {
    await agent.invoke(new Command({ resume: answer }), thread);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

initializeTracing({ verifyConnectivity: false });
await converse('chat that ends well', 'to everybody');
await converse('chat that fails', 'to nobody');
await shutdown(60_000);
