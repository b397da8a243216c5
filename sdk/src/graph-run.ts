import { type ActiveSdk } from './active-sdk.ts';
import { type JsonText } from './event-recorder.ts';
import { type ObservationEnding, OpenObservation } from './open-observation.ts';
import { OpenTrace } from './open-trace.ts';
import { fieldOf, type LoopLike, nodeRunInfo, readState } from './pregel-decoder.ts';
import { type TraceContext } from './trace-context.ts';
import { isInterrupt } from './traced.ts';

interface FinishedNode {
  observation: OpenObservation;
  /** Undefined when the end was sent already, because others of the step still ran. */
  ending: ObservationEnding | undefined;
}

/** `ParentCommand` travels like an interrupt but is a node's ordinary answer to the graph above. */
const isParentCommand = (error: unknown): boolean => fieldOf(error, 'name') === 'ParentCommand';

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
  private readonly trace: OpenTrace | undefined;
  private readonly root: OpenObservation | undefined;
  private state: JsonText;
  private running = 0;
  private hasInterrupt = false;
  private isOver = false;
  private finished: FinishedNode[] = [];

  /** @param parent context of the caller; inside a trace the run becomes an observation of it */
  constructor(
    sdk: ActiveSdk,
    graph: object,
    loop: LoopLike,
    parent: { name: string; context: TraceContext | undefined },
  ) {
    this.sdk = sdk;
    this.graph = graph;
    this.loop = loop;
    const within = parent.context?.trace;
    this.trace = within === undefined ? new OpenTrace(sdk, sdk.options.projectId ?? '') : undefined;
    const trace = this.trace ?? within;
    const before = readState(loop);
    this.state = sdk.recorder.jsonText(before);
    this.root =
      trace === undefined || this.trace !== undefined
        ? undefined
        : new OpenObservation(sdk, trace, parent.context);
    this.context = { trace, observation: this.root, graphRun: this };
    this.start(parent.name, before);
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
    const langgraph = isSend ? { ...info, send: call.input } : info;
    observation.start({ name, type, input: this.state, meta: { langgraph } });
    this.running += 1;
    return observation;
  }

  nodeReturned(observation: OpenObservation, output: unknown): void {
    this.nodeEnded(observation, observation.ending(output));
  }

  nodeThrew(observation: OpenObservation, error: unknown): void {
    if (isParentCommand(error)) {
      this.nodeEnded(observation, observation.ending(fieldOf(error, 'command')));
    } else if (isInterrupt(error)) {
      this.hasInterrupt = true;
      this.nodeEnded(observation, observation.ending(undefined, 'interrupted'));
    } else {
      this.running -= 1;
      observation.fail(error);
    }
  }

  /** The step's reducers ran (or the input was read): the state is that of the next step. */
  stepApplied(): void {
    this.state = this.sdk.recorder.jsonText(readState(this.loop));
    this.settleNodes(this.state);
  }

  finish(): void {
    this.isOver = true;
    this.settleNodes(undefined);
    const isWaiting = this.hasInterrupt || (this.loop.status?.startsWith('interrupt') ?? false);
    const status = isWaiting ? 'interrupted' : 'ok';
    const output = this.output();
    this.root?.end(this.root.ending(output, status));
    this.trace?.end(output, status);
  }

  fail(error: unknown): void {
    this.isOver = true;
    this.settleNodes(undefined);
    if (isInterrupt(error)) {
      this.root?.end(this.root.ending(undefined, isParentCommand(error) ? 'ok' : 'interrupted'));
      this.trace?.end(this.state, 'interrupted');
      return;
    }
    this.root?.fail(error);
    this.trace?.fail(error, this.state);
  }

  /** What the graph returns; most graphs return their state, which has been serialised. */
  private output(): unknown {
    const { output, outputKeys, streamKeys } = this.loop;
    return output === undefined || String(outputKeys) === String(streamKeys) ? this.state : output;
  }

  private start(name: string, before: unknown): void {
    const { input } = this.loop;
    // A run that goes on from a checkpoint may have no input of its own.
    const find = (key: string): unknown => fieldOf(input, key) ?? fieldOf(before, key);
    const given = input === undefined || input === null ? this.state : this.sdk.recorder.jsonText(input);
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
