import type { PayloadKind, PayloadSize } from '../api/model.ts';

export type TabName = 'state' | 'input' | 'output' | 'error' | 'meta' | 'details';

export interface InspectorTab {
  readonly name: TabName;
  readonly label: string;
  /** The payload shown in it; null for tabs that show something else. */
  readonly payload: PayloadKind | null;
}

/** Their input and output are a question and an answer, not a state before and after. */
const WITHOUT_STATE: readonly string[] = [
  'GENERATION',
  'TOOL',
  'RETRIEVER',
  'EMBEDDING',
  'GUARDRAIL',
  'EVALUATOR',
  'EVENT',
];

/** The tabs that have content, the most telling first. `type` null: the trace itself. */
export function inspectorTabs(payloads: readonly PayloadSize[], type: string | null): InspectorTab[] {
  const has = (kind: PayloadKind): boolean => payloads.some((payload) => payload.kind === kind);
  const isStateful = type === null || !WITHOUT_STATE.includes(type);
  const hasState = has('state_after') || (isStateful && has('input') && has('output'));
  const payloadTabs: InspectorTab[] = [
    { name: 'input', label: 'Input', payload: 'input' },
    { name: 'output', label: 'Output', payload: 'output' },
    { name: 'error', label: 'Error', payload: 'error' },
    { name: 'meta', label: 'Metadata', payload: 'meta' },
  ];
  return [
    ...(hasState ? [{ name: 'state', label: 'State', payload: null } as const] : []),
    ...payloadTabs.filter(({ payload }) => payload !== null && has(payload)),
    { name: 'details', label: 'Details', payload: null },
  ];
}
