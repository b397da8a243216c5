import { Client } from 'langsmith';
import { traceable } from 'langsmith/traceable';
import { type NodeState } from '../workload.ts';
import { type Variant, type VariantTarget } from './variant.ts';

/** `traceable` around each function, the client at its defaults. */
export function startLangSmith({ sinkUrl }: VariantTarget): Variant {
  const client = new Client({ apiUrl: sinkUrl, apiKey: 'lsv2_bench' });
  return {
    wrap: (name, fn) => {
      const observed = traceable((state: NodeState) => fn(state), { name, client, tracingEnabled: true });
      return (state) => observed(state);
    },
    close: () => client.awaitPendingTraceBatches(),
  };
}
