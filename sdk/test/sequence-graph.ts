import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { traced, updateCurrentObservation } from '../src/index.ts';

/** A state with a reducer, a nested object and keys that may be null. */
export const State = Annotation.Root({
  user_id: Annotation<string>(),
  chat_id: Annotation<string>(),
  messages: Annotation<string[]>({ reducer: (before, added) => [...before, ...added], default: () => [] }),
  intent: Annotation<string | null>(),
  notes: Annotation<{ count: number; last: string }>(),
});
export const input = { user_id: 'external-swisper-user-12345', chat_id: 'chat-1', messages: ['hello'] };

/** Three nodes in a row; the second calls a traced function. */
export const sequence = () =>
  new StateGraph(State)
    .addNode('classify', () => ({ intent: 'greeting' }))
    .addNode('work', async ({ messages }) => {
      updateCurrentObservation({ meta: { note: 'from the node' } });
      const said = await traced('llm', (text: string) => Promise.resolve(`echo ${text}`), {
        type: 'GENERATION',
      })(messages[0] ?? '');
      return { messages: [said], notes: { count: 1, last: said } };
    })
    .addNode('clean', () => ({ intent: null }))
    .addEdge(START, 'classify')
    .addEdge('classify', 'work')
    .addEdge('work', 'clean')
    .addEdge('clean', END);
