import { ActiveSdk } from './active-sdk.ts';
import { messages } from './contract/index.ts';
import { reasonOf, say } from './log.ts';
import { openSdks } from './open-sdks.ts';
import { privacyVariables, type ResolvedOptions, resolveOptions, type TracingOptions } from './options.ts';
import { type PrivacyOptions } from './privacy/privacy-options.ts';
import { quietly } from './quietly.ts';
import { sdkState } from './sdk-state.ts';
import { timeLimitMs } from './time-limit.ts';

function warnAbout(options: ResolvedOptions, problems: readonly string[], consequence: string): void {
  if (problems.length === 0) return;
  say(options.logger, { level: 'warn', lines: [`⚠️ SwisperStudio: ${problems.join('; ')}. ${consequence}`] });
}

/** What ran before sends what it holds and closes in the background. */
function replaceActive(next: ActiveSdk | undefined): void {
  const state = sdkState();
  const previous = state.active;
  state.active = next;
  if (previous !== undefined) void previous.shutdown(timeLimitMs(undefined));
}

function activate(options: ResolvedOptions): void {
  const sdk = new ActiveSdk(options);
  replaceActive(sdk);
  sdk.start();
}

/**
 * Starts tracing. Returns at once and never throws: connections are made on later ticks, and a wrong option is one warning.
 * Every option may come from the environment (`SWISPER_STUDIO_…`, see `TracingOptions`). Called again, it replaces the
 * configuration before; with `enabled: false`, or options it cannot work with, that one ends and tracing is off.
 */
export function initializeTracing(given: TracingOptions = {}): void {
  try {
    const { options, problems, usable, hasWay } = resolveOptions(given);
    if (!options.enabled || !usable || !hasWay) {
      if (options.enabled) warnAbout(options, problems, 'Tracing is off');
      replaceActive(undefined);
      return;
    }
    warnAbout(options, problems, 'Going on with the rest');
    say(options.logger, messages.initialized(options.apiUrl, options.projectId ?? ''));
    activate(options);
  } catch (error) {
    console.warn(`⚠️ SwisperStudio tracing is off: ${reasonOf(error)}`);
    quietly(() => replaceActive(undefined));
  }
}

export type RedisPublisherOptions = Pick<TracingOptions, 'streamName' | 'maxStreamLength' | 'logger'> &
  PrivacyOptions & { redisUrl: string };

/**
 * Connects the publisher of events to Redis: for programs that only call `publishEvent`, with a `projectId` each time. Nothing
 * it sends is signed, so projects that require signed events refuse it: those take `initializeTracing` with `projectId` and
 * `apiKey`. Of the environment only the privacy options are read. Returns at once and never throws.
 */
export function initializeRedisPublisher(given: RedisPublisherOptions): void {
  try {
    const { options, problems } = resolveOptions(given, privacyVariables());
    const own = problems.filter((problem) => !/^(projectId|apiKey) /.test(problem));
    if (options.apiKey !== undefined) own.push('apiKey signs nothing here: that takes initializeTracing');
    warnAbout(
      options,
      own,
      options.redisUrl === undefined ? 'Nothing is published' : 'Going on with the defaults',
    );
    if (options.redisUrl === undefined) replaceActive(undefined);
    else activate({ ...options, projectId: undefined });
  } catch (error) {
    console.warn(`⚠️ Redis publisher initialization failed: ${reasonOf(error)}`);
    quietly(() => replaceActive(undefined));
  }
}

/**
 * Waits until what was recorded so far is acknowledged, also by an SDK that was replaced since.
 * @param timeoutMs 0 to 600,000 (ten minutes, which stands for `Infinity` too); default 5000, also for what is no number
 * @returns whether everything was sent in time; never rejects
 */
export async function flush(timeoutMs?: number): Promise<boolean> {
  return openSdks().flush(timeLimitMs(timeoutMs));
}

/**
 * Sends what is buffered, tells the server that this instance ends, closes the connections. Never rejects. Nothing is
 * traced afterwards until `initializeTracing` is called again.
 * @param timeoutMs 0 to 600,000 (ten minutes, which stands for `Infinity` too); default 5000, also for what is no number
 */
export async function shutdown(timeoutMs?: number): Promise<void> {
  await openSdks().shutdown(timeLimitMs(timeoutMs));
}
