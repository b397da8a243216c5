import type { EntityManager } from 'typeorm';
import { mergeGraphs } from '../../traces/index.ts';
import type { Refused } from '../refused/dead-letter-store.ts';
import type { StorableGraph } from '../decoding/entry-decoder.ts';
import type { RefusalReason } from '../decoding/refusal.ts';
import { isDataError, reasonOfDataError } from './data-error.ts';

/** A declared graph the database refused. */
export interface FailedGraph {
  readonly graph: StorableGraph;
  readonly reason: RefusalReason;
  readonly detail: string;
}

const SAVEPOINT = 'before_graphs';

/**
 * Stores declared graphs as part of the caller's transaction, together or else one by one.
 * @returns those the database refuses
 * @throws what trying again may cure
 */
export async function storeGraphs(
  manager: EntityManager,
  graphs: readonly StorableGraph[],
): Promise<FailedGraph[]> {
  if (graphs.length === 0) return [];
  await manager.query(`SAVEPOINT ${SAVEPOINT}`);
  try {
    await mergeGraphs(
      manager,
      graphs.map(({ graph }) => graph),
    );
    await manager.query(`RELEASE SAVEPOINT ${SAVEPOINT}`);
    return [];
  } catch (error) {
    if (!isDataError(error)) throw error;
    await manager.query(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
    await manager.query(`RELEASE SAVEPOINT ${SAVEPOINT}`);
    const [only] = graphs;
    if (graphs.length === 1 && only !== undefined) return [failedGraph(error, only)];
    const failed: FailedGraph[] = [];
    for (const graph of graphs) failed.push(...(await storeGraphs(manager, [graph])));
    return failed;
  }
}

/** As it is put down as a dead letter. */
export function refusedGraphOf({
  graph: { entryId, index, graph, raw },
  reason,
  detail,
}: FailedGraph): Refused {
  return { projectId: graph.projectId, entryId, index, reason, detail, raw: raw() };
}

function failedGraph(error: unknown, graph: StorableGraph): FailedGraph {
  const detail = error instanceof Error ? error.message : String(error);
  return { graph, reason: reasonOfDataError(error), detail };
}
