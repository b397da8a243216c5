import { type SdkLogger } from '../log.ts';
import { type ResolvedOptions } from '../options.ts';
import { sdkState } from '../sdk-state.ts';
import { getCurrentTraceId } from '../recording/trace-context.ts';
import { traced } from '../recording/traced.ts';
import { flush, initializeTracing, shutdown } from '../tracing.ts';

const TEST_TRACE_NAME = 'swisper-studio doctor';

/** What became of the test trace on this side. */
export interface SentTrace {
  /** Undefined: none was begun. */
  readonly traceId: string | undefined;
  readonly instanceId: string | undefined;
  /** Redis, or the server over HTTP, has acknowledged all of it. */
  readonly isAcknowledged: boolean;
  /** Events not sent, by reason. */
  readonly dropped: Readonly<Partial<Record<string, number>>>;
  /** What the SDK said meanwhile, warnings and errors first lines only. */
  readonly complaints: readonly string[];
  /** The SDK's own check of connectivity at its start found everything well. */
  readonly isVerified: boolean;
}

class KeptLines implements SdkLogger {
  readonly infos: string[] = [];
  readonly complaints: string[] = [];
  info = (line: string): void => void this.infos.push(line);
  warn = (line: string): void => this.complain(line);
  error = (line: string): void => this.complain(line);

  private complain(line: string): void {
    if (!line.startsWith(' ')) this.complaints.push(line);
  }
}

/** Sends one trace as any program would: with the SDK's public functions and the settings of the environment. */
export async function sendTestTrace(options: ResolvedOptions, timeoutMs: number): Promise<SentTrace> {
  const log = new KeptLines();
  // Also where tracing is off or sampled in this process; with one sign of life and one goodbye.
  initializeTracing({
    ...givenOf(options),
    enabled: true,
    sampleRate: 1,
    verifyConnectivity: true,
    logger: log,
  });
  const { active } = sdkState();
  const look = traced(TEST_TRACE_NAME, (asked: { by: string }) => ({ ...asked, id: getCurrentTraceId() }));
  const traceId = look({ by: 'npx swisper-studio doctor' }).id;
  const isAcknowledged = traceId !== undefined && (await flush(timeoutMs));
  const counters = active?.counters(options.projectId ?? '');
  await shutdown(2000);
  return {
    traceId,
    instanceId: active?.instanceId,
    isAcknowledged,
    dropped: counters?.dropped ?? {},
    complaints: log.complaints,
    isVerified: log.infos.some((line) => line.includes('connectivity verified')),
  };
}

/** Those that were examined; the rest the SDK reads itself. */
function givenOf({ projectId, apiUrl, apiKey, redisUrl, streamName }: ResolvedOptions) {
  return {
    streamName,
    ...(projectId === undefined ? {} : { projectId }),
    ...(apiUrl === undefined ? {} : { apiUrl }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(redisUrl === undefined ? {} : { redisUrl }),
  };
}
