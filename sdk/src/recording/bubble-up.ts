import { fieldOf } from '../field-of.ts';

/**
 * What something thrown means for the step it left. LangGraph throws also when nothing failed: to wait for a person
 * (`is_bubble_up`), and to hand a command to the graph above, which is a node's ordinary answer.
 */
export type Outcome =
  | { readonly kind: 'answered'; readonly output: unknown }
  /** `interrupts`: what the person is asked, as LangGraph has it. */
  | { readonly kind: 'interrupted'; readonly interrupts: unknown }
  | { readonly kind: 'failed' };

export function outcomeOf(thrown: unknown): Outcome {
  if (fieldOf(thrown, 'is_bubble_up') !== true) return { kind: 'failed' };
  if (fieldOf(thrown, 'name') !== 'ParentCommand')
    return { kind: 'interrupted', interrupts: fieldOf(thrown, 'interrupts') };
  return { kind: 'answered', output: fieldOf(thrown, 'command') };
}
