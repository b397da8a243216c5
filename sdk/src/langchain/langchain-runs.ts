import { nowMs } from '../clock.ts';
import { fieldOf } from '../field-of.ts';
import { type ObservedCall } from '../recording/observed-call.ts';
import { type OpenObservation } from '../recording/open-observation.ts';
import { sdkState } from '../sdk-state.ts';
import { type TraceContext } from '../recording/trace-context.ts';

/** Runs held open at once; of more, the ones that rested longest are given up. */
const MAX_OPEN_RUNS = 10_000;
/**
 * A run nothing was heard of for so long has been left: a stream nobody read to its end is never said to have ended. Looked for when
 * another run begins; until then the server, which waits as long, shows it as incomplete.
 */
const MAX_IDLE_MS = 60 * 60 * 1000;
const MAX_DEPTH = 1000;

/** What is remembered of one run of a LangChain component. */
export interface LangChainRun {
  /** Undefined: seen, but not recorded, because it is already, or is LangChain's own. */
  readonly call: ObservedCall | undefined;
  /** Where what runs within it belongs, if nothing nearer is known. */
  readonly context: TraceContext | undefined;
  /** Where the code was that began it. */
  readonly ambient: TraceContext | undefined;
  readonly parent: LangChainRun | undefined;
  readonly runId: string;
  /** A run of a traced graph as a whole: its nodes record themselves. */
  readonly isTracedGraph: boolean;
  readonly metadata: unknown;
  readonly requestedModel?: string | undefined;
  hasFirstToken?: boolean;
}

function isWithin(inner: OpenObservation | undefined, outer: OpenObservation | undefined): boolean {
  if (outer === undefined) return true;
  for (let each = inner, depth = 0; each !== undefined && depth < MAX_DEPTH; each = each.parent, depth += 1)
    if (each === outer) return true;
  return false;
}

/** The nearer of two: where the code is, and where LangChain says it is. Streams are read from other places than they began in. */
function nearer(ambient: TraceContext | undefined, run: LangChainRun): TraceContext | undefined {
  const { context } = run;
  if (context === undefined || ambient === undefined) return context ?? ambient;
  if (ambient === run.ambient || ambient.trace !== context.trace) return context;
  return isWithin(ambient.observation, context.observation) ? ambient : context;
}

/** LangChain's own travelling context, which exists once the package is loaded. */
const LANGCHAIN_STORAGE = Symbol.for('ls:tracing_async_local_storage');
const CHILD_CONFIG = 'lc:child_config';

/** Id of the run LangChain says the calling code is within. */
function currentRunId(): unknown {
  const storage: unknown = Reflect.get(globalThis, LANGCHAIN_STORAGE);
  const getStore = fieldOf(storage, 'getStore');
  if (typeof getStore !== 'function') return undefined;
  const extra = fieldOf(Reflect.apply(getStore, storage, []), 'extra');
  if (typeof extra !== 'object' || extra === null) return undefined;
  const callbacks = fieldOf(Reflect.get(extra, Symbol.for(CHILD_CONFIG)), 'callbacks');
  const parentRunId = fieldOf(callbacks, 'getParentRunId');
  return typeof parentRunId === 'function' ? Reflect.apply(parentRunId, callbacks, []) : undefined;
}

/**
 * The runs of LangChain components that are open in this process, whichever handlers tell of them: one that several
 * handlers tell of is recorded once.
 */
export class LangChainRuns {
  /** Descriptions of graphs that record themselves, as LangChain hands them to handlers. */
  readonly tracedGraphs = new WeakSet<object>();
  private readonly open = new Map<string, LangChainRun & { touchedMs: number }>();
  private givenUpCount = 0;

  get size(): number {
    return this.open.size;
  }

  /** Runs whose end never came. */
  get givenUp(): number {
    return this.givenUpCount;
  }

  find(runId: unknown): LangChainRun | undefined {
    return typeof runId === 'string' ? this.open.get(runId) : undefined;
  }

  /** Where a run below `parent` belongs that begins here. */
  contextBelow(parent: LangChainRun | undefined): TraceContext | undefined {
    const ambient = sdkState().contexts.getStore();
    return parent === undefined ? ambient : nearer(ambient, parent);
  }

  add(run: LangChainRun): void {
    const touchedMs = nowMs();
    this.open.set(run.runId, Object.assign(run, { touchedMs }));
    this.touchAbove(run, touchedMs);
    this.giveUp(touchedMs);
  }

  /** The run, which is over now. */
  take(runId: string): LangChainRun | undefined {
    const run = this.open.get(runId);
    this.open.delete(runId);
    return run;
  }

  /** The nearer of the context given and that of the LangChain component whose code calls. */
  nearest(ambient: TraceContext | undefined): TraceContext | undefined {
    return this.open.size === 0 ? ambient : this.within(currentRunId(), ambient);
  }

  /** The nearer of the context given and that of the run. */
  within(runId: unknown, ambient: TraceContext | undefined): TraceContext | undefined {
    const run = this.find(runId);
    return run === undefined ? ambient : nearer(ambient, run);
  }

  /** Runs above a new one are alive: they go to the end of those that rest. */
  private touchAbove(run: LangChainRun, touchedMs: number): void {
    let depth = 0;
    for (let above = run.parent; above !== undefined && depth < MAX_DEPTH; above = above.parent) {
      const known = this.open.get(above.runId);
      if (known !== undefined) {
        this.open.delete(above.runId);
        known.touchedMs = touchedMs;
        this.open.set(above.runId, known);
      }
      depth += 1;
    }
  }

  private giveUp(now: number): void {
    for (const run of this.open.values()) {
      if (this.open.size <= MAX_OPEN_RUNS && now - run.touchedMs <= MAX_IDLE_MS) return;
      this.open.delete(run.runId);
      if (run.call === undefined) continue;
      this.givenUpCount += 1;
      run.call.update({ level: 'WARNING', statusMessage: 'given up: its end never came' });
      run.call.end(undefined, { status: 'incomplete' });
    }
  }
}

/** The runs of this process, shared by all builds of the SDK. */
export function langChainRuns(): LangChainRuns {
  const state = sdkState();
  state.langChainRuns ??= new LangChainRuns();
  return state.langChainRuns;
}
