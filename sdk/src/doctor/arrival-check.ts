import { type ResolvedOptions } from '../options.ts';
import { remedyFor } from './complaint-remedy.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';
import { isRecord } from './is-record.ts';
import { backlogText, readPipeline } from './pipeline-check.ts';
import { type RedisProbe } from './redis-probe.ts';
import { findMissingParts } from './server-parts.ts';
import { API_KEY, API_URL } from './settings-check.ts';
import { hasEntryOf } from './stream-reply-decoder.ts';
import { type StudioApi } from './studio-api.ts';
import { type SentTrace } from './test-trace.ts';

const SENT = 'test trace';
const ASK_EVERY_MS = 200;
/** Entries looked through for ours, newest first. */
const LOOK_BACK = 500;

/** Of dead letters whose sender can do something about them. */
const REFUSAL_REMEDIES: Readonly<Partial<Record<string, string>>> = {
  unknown_version: 'update the server: it is older than this SDK',
  unknown_encoding: 'update the server: it is older than this SDK',
  unknown_event_type: 'update the server: it is older than this SDK',
};

export interface Arrival {
  readonly finding: Finding;
  /** Set when the trace was read back. */
  readonly readableAfterMs?: number;
}

/** Where to look for a trace. */
export interface Lookout {
  readonly options: ResolvedOptions;
  readonly api: StudioApi | undefined;
  readonly probe: RedisProbe | undefined;
  readonly timeoutMs: number;
}

/** What the SDK itself says of a trace that was not acknowledged. */
export async function explainUnsent(
  { traceId, dropped, complaints }: SentTrace,
  api: StudioApi | undefined,
): Promise<Finding> {
  if (traceId === undefined)
    return wrong(
      SENT,
      'none was begun: tracing was turned off meanwhile',
      "turn it on in the project's settings",
    );
  const reasons = Object.entries(dropped).map(([reason, count]) => `${String(count)} ${reason}`);
  const lost = reasons.length === 0 ? '' : ` (dropped: ${reasons.join(', ')})`;
  const said = complaints.length === 0 ? '' : `: ${complaints.join('; ')}`;
  const missing = api === undefined ? undefined : await findMissingParts(api);
  if (missing !== undefined)
    return wrong(SENT, `was not acknowledged: the server is without ${missing.names}${lost}`, missing.remedy);
  return wrong(
    SENT,
    `was not acknowledged in time${lost}${said}`,
    remedyFor(said) ?? 'see the lines above; a larger --timeout tells whether it is only slow',
  );
}

/** Waits until the trace can be read, or says what keeps it. */
export async function awaitArrival(sent: SentTrace, lookout: Lookout): Promise<Arrival> {
  const startMs = performance.now();
  const { api, options, timeoutMs } = lookout;
  const path = `/traces/${sent.traceId ?? ''}?project_id=${options.projectId ?? ''}`;
  let status = 0;
  while (api !== undefined && options.apiKey !== undefined) {
    const answer = await api.get(path);
    status = answer.isAnswer ? answer.status : 0;
    const elapsedMs = performance.now() - startMs;
    if (status === 200) {
      const text = `sent, stored and read back after ${String(Math.round(elapsedMs))} ms`;
      return { finding: ok(SENT, text), readableAfterMs: elapsedMs };
    }
    if (status === 401 || status === 403 || elapsedMs > timeoutMs) break;
    await pause(ASK_EVERY_MS);
  }
  return {
    finding: status === 404 ? await explainUnread(sent, lookout) : await judgeUnseen(sent, lookout, status),
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function explainUnread(sent: SentTrace, { options, api, probe, timeoutMs }: Lookout): Promise<Finding> {
  const seconds = String(timeoutMs / 1000);
  const text = `acknowledged, but not readable within ${seconds} s`;
  const refused = api === undefined ? undefined : await refusal(api, options, sent);
  if (refused !== undefined)
    return wrong(
      SENT,
      `the server refused it: ${refused.reason}, ${refused.detail}`,
      REFUSAL_REMEDIES[refused.reason] ?? 'see the dead letters on the pipeline page',
    );
  const pipeline = api === undefined ? undefined : await readPipeline(api);
  const isWaiting = await isInStream(probe, options.streamName, sent.instanceId);
  const missing = api === undefined ? undefined : await findMissingParts(api);
  if (missing !== undefined)
    return wrong(SENT, `${text}: the server is without ${missing.names}`, missing.remedy);
  const backlog = pipeline === undefined ? '' : `: ${backlogText(pipeline)}`;
  if (isWaiting !== false)
    return wrong(
      SENT,
      `${text}${backlog}${isWaiting === true ? '; it waits in the stream' : ''}`,
      'see whether a process with the role consumer runs and reaches PostgreSQL: its log, GET /health/ready, the pipeline page',
    );
  return wrong(
    SENT,
    `${text}, although it was taken from the stream${backlog}`,
    'see the dead letters on the pipeline page; also whether another program reads this stream',
  );
}

/** The reason of a dead letter of the test's own instance. */
async function refusal(
  api: StudioApi,
  options: ResolvedOptions,
  sent: SentTrace,
): Promise<{ reason: string; detail: string } | undefined> {
  const answer = await api.get(`/dead-letters?project_id=${options.projectId ?? ''}&limit=50`);
  const items: unknown = answer.isAnswer && isRecord(answer.body) ? answer.body['items'] : undefined;
  if (!Array.isArray(items)) return undefined;
  const own = items.filter(isRecord).find((letter) => letter['instance_id'] === sent.instanceId);
  return own && { reason: String(own['reason']), detail: String(own['detail']) };
}

/** Why the server could not be asked for the trace, and what would let it. */
function blindness({ api, options }: Lookout, status: number): readonly [why: string, remedy: string] {
  if (api === undefined)
    return ['there is no address of the server', `set ${API_URL} and ${API_KEY}, and the doctor can ask`];
  if (options.apiKey === undefined)
    return ['there is no API key', `set ${API_KEY} to a key with the scopes ingest and read`];
  if (status === 401 || status === 403)
    return ['this key may not read', 'make a key with the scope read too, and the doctor can see it'];
  const said = status === 0 ? 'gives no answer' : `answers ${String(status)}`;
  return [`the server ${said}`, 'see its log and GET /health/ready, and run the doctor again'];
}

/** Where the server does not tell: what Redis tells. */
async function judgeUnseen(sent: SentTrace, lookout: Lookout, status: number): Promise<Finding> {
  const { options, probe, timeoutMs } = lookout;
  const [why, remedy] = blindness(lookout, status);
  const deadline = performance.now() + timeoutMs;
  let isWaiting = await isInStream(probe, options.streamName, sent.instanceId);
  while (isWaiting === true && performance.now() < deadline) {
    await pause(ASK_EVERY_MS);
    isWaiting = await isInStream(probe, options.streamName, sent.instanceId);
  }
  if (isWaiting === undefined)
    return warning(SENT, `acknowledged; whether it was stored cannot be seen: ${why}`, remedy);
  if (isWaiting)
    return wrong(
      SENT,
      `acknowledged, but still waits in the stream after ${String(timeoutMs / 1000)} s`,
      'see whether a process with the role consumer runs and reaches PostgreSQL',
    );
  return warning(
    SENT,
    `acknowledged and taken from the stream; whether it was stored cannot be seen: ${why}`,
    remedy,
  );
}

/** Undefined: nobody can tell. */
async function isInStream(
  probe: RedisProbe | undefined,
  streamName: string,
  instanceId: string | undefined,
): Promise<boolean | undefined> {
  if (probe === undefined || instanceId === undefined) return undefined;
  const reply = await probe.ask('XREVRANGE', streamName, '+', '-', 'COUNT', LOOK_BACK);
  return 'result' in reply ? hasEntryOf(reply.result, instanceId) : undefined;
}
