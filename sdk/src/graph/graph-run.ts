import { type ActiveSdk } from '../active-sdk.ts';
import { outcomeOf } from '../recording/bubble-up.ts';
import { fieldOf } from '../field-of.ts';
import { type JsonText } from '../payloads/json-text.ts';
import { type ObservationEnding, OpenObservation } from '../recording/open-observation.ts';
import { type OpenTrace } from '../recording/open-trace.ts';
import { type LoopLike, nodeRunInfo, readState } from './pregel-decoder.ts';
import { type TraceContext } from '../recording/trace-context.ts';

interface FinishedNode {
  observation: OpenObservation;
  /** Undefined when the end was sent already, because others of the step still ran. */
  ending: ObservationEnding | undefined;
}

/** Where a run takes place. */
export interface RunPlace {
  /** Of the trace, or of the observation that stands for the run. */
  name: string;
  /** The trace, and what is directly above the run's nodes unless the run has an observation of its own. */
  context: TraceContext & { readonly trace: OpenTrace };
  /**
   * `trace`: the run is the whole trace, which it opens and ends. `step`: it is an observation of a trace. `node`: it is a
   * subgraph, whose node stands for it.
   */
  as: 'trace' | 'step' | 'node';
}

/**
 * One run of a traced graph. The state is serialised once per step: what is the state after one step is the state
 * before the next. A node's end waits for its step's reducers only while nothing else of the step runs.
 */
export class GraphRun {
  /** Identity of the traced graph this run belongs to: its nodes ask for it. */
  readonly graph: object;
  readonly context: TraceContext;
  private readonly sdk: ActiveSdk;
  private readonly loop: LoopLike;
  /** Set when the run is the whole trace. */
  private readonly trace: OpenTrace | undefined;
  /** Set when the run is an observation of its own. */
  private readonly root: OpenObservation | undefined;
  /** Undefined where it is not captured. */
  private state: JsonText | undefined;
  private running = 0;
  private hasInterrupt = false;
  private isOver = false;
  private finished: FinishedNode[] = [];

  constructor(graph: object, loop: LoopLike, { name, context, as }: RunPlace) {
    const { trace } = context;
    this.sdk = trace.sdk;
    this.graph = graph;
    this.loop = loop;
    this.trace = as === 'trace' ? trace : undefined;
    this.root = as === 'step' ? new OpenObservation(this.sdk, trace, context) : undefined;
    this.context = { trace, observation: this.root ?? context.observation, graphRun: this };
    const before = readState(loop);
    this.state = this.sdk.recorder.jsonText(before, 'state');
    this.start(name, before);
  }

  /** Runs a node's body; what it calls is below the node. */
  startNode(
    name: string,
    type: 'CHAIN' | 'AGENT',
    call: { input: unknown; config: unknown },
  ): OpenObservation | undefined {
    const { trace } = this.context;
    if (trace === undefined) return undefined;
    const { isSend, ...info } = nodeRunInfo(call.config);
    const observation = new OpenObservation(this.sdk, trace, this.context);
    // A node reached by Send gets a packet instead of the state.
    const langgraph = isSend && this.sdk.recorder.captures('input') ? { ...info, send: call.input } : info;
    observation.start({ name, type, input: this.state, meta: { langgraph } });
    this.running += 1;
    return observation;
  }

  nodeReturned(observation: OpenObservation, output: unknown): void {
    this.nodeEnded(observation, observation.ending(output));
  }

  nodeThrew(observation: OpenObservation, error: unknown): void {
    const outcome = outcomeOf(error);
    if (outcome.kind === 'answered') {
      this.nodeEnded(observation, observation.ending(outcome.output));
    } else if (outcome.kind === 'interrupted') {
      this.hasInterrupt = true;
      this.nodeEnded(observation, observation.interruption(outcome.interrupts));
    } else {
      this.running -= 1;
      observation.fail(error);
    }
  }

  /** The step's reducers ran (or the input was read): the state is that of the next step. */
  stepApplied(): void {
    this.state = this.sdk.recorder.jsonText(readState(this.loop), 'state');
    this.settleNodes(this.sdk.recorder.captures('state_after') ? this.state : undefined);
  }

  finish(): void {
    this.isOver = true;
    this.settleNodes(undefined);
    if (this.trace === undefined && this.root === undefined) return;
    const isWaiting = this.hasInterrupt || (this.loop.status?.startsWith('interrupt') ?? false);
    const status = isWaiting ? 'interrupted' : 'ok';
    const output = this.output();
    this.root?.end(this.root.ending(output, status));
    this.trace?.end(output, status);
  }

  fail(error: unknown): void {
    this.isOver = true;
    this.settleNodes(undefined);
    this.root?.fail(error);
    this.trace?.fail(error, this.state);
  }

  /** What the graph returns; most graphs return their state, which has been serialised. */
  private output(): unknown {
    const { output, outputKeys, streamKeys } = this.loop;
    const isState = output === undefined || String(outputKeys) === String(streamKeys);
    return (isState ? this.state : undefined) ?? output;
  }

  private start(name: string, before: unknown): void {
    if (this.trace === undefined && this.root === undefined) return;
    const { input } = this.loop;
    // A run that goes on from a checkpoint may have no input of its own.
    const find = (key: string): unknown => fieldOf(input, key) ?? fieldOf(before, key);
    const given =
      input === undefined || input === null ? this.state : this.sdk.recorder.jsonText(input, 'input');
    this.trace?.start({
      name,
      input: given,
      userId: find('user_id'),
      sessionId: find('session_id') ?? find('chat_id'),
    });
    this.root?.start({ name, type: 'CHAIN', input: given });
  }

  private nodeEnded(observation: OpenObservation, ending: ObservationEnding): void {
    this.running -= 1;
    // After an abort nodes may go on for a while: no step will follow that they could wait for.
    const isLast = this.running <= 0 && !this.isOver;
    if (!isLast) observation.end(ending);
    this.finished.push({ observation, ending: isLast ? ending : undefined });
  }

  private settleNodes(stateAfter: JsonText | undefined): void {
    for (const { observation, ending } of this.finished) {
      if (ending !== undefined) observation.end(ending, stateAfter);
      else if (stateAfter !== undefined) observation.completeState(stateAfter);
    }
    this.finished = [];
  }
}
