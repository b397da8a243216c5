import { redactUrl, shownUrl } from './shown-url.ts';

/**
 * What the SDK says, literally. People search their logs for these lines.
 */
export interface Message {
  level: 'info' | 'warn' | 'error';
  lines: readonly string[];
}

const info = (...lines: string[]): Message => ({ level: 'info', lines });
const warn = (...lines: string[]): Message => ({ level: 'warn', lines });
const error = (...lines: string[]): Message => ({ level: 'error', lines });

export const messages = {
  /** @param apiUrl undefined: not set */
  initialized: (apiUrl: string | undefined, projectId: string): Message =>
    info(
      '✅ SwisperStudio tracing initialized',
      `   URL: ${apiUrl === undefined ? '(not set)' : shownUrl(apiUrl)}`,
      `   Project ID: ${projectId}`,
    ),
  verified: (): Message => info('✅ SwisperStudio connectivity verified', '   Project registered and active'),
  apiKeyInvalid: (): Message =>
    error('❌ SwisperStudio API key invalid', '   Check SWISPER_STUDIO_API_KEY configuration'),
  projectNotFound: (projectId: string): Message =>
    error('❌ SwisperStudio project not found', `   Project ID ${projectId} does not exist`),
  otherStatus: (status: number): Message =>
    warn(
      `⚠️ SwisperStudio responded with ${String(status)}`,
      '   Tracing enabled but connectivity uncertain',
    ),
  timedOut: (): Message =>
    warn('⚠️ SwisperStudio health check timeout (3s)', '   Tracing enabled - will retry on first trace'),
  refused: (apiUrl: string): Message =>
    warn(
      `⚠️ SwisperStudio not reachable at ${shownUrl(apiUrl)}`,
      '   Ensure SwisperStudio is running and accessible',
      '   Tracing enabled - will function when available',
    ),
  failed: (reason: string): Message =>
    warn(
      `⚠️ SwisperStudio health check failed: ${redactUrl(reason)}`,
      '   Tracing enabled - will function in degraded mode',
    ),
  redisConnected: (url: string): Message => info(`✅ Redis publisher connected: ${shownUrl(url)}`),
  redisFailed: (reason: string): Message =>
    warn(`⚠️ Redis publisher initialization failed: ${redactUrl(reason)}`),
  heldBack: (reason: string): Message => warn(`⚠️ SwisperStudio events are held back: ${redactUrl(reason)}`),
  eventsRefused: (count: number, reason: string): Message =>
    warn(`⚠️ SwisperStudio refused ${String(count)} events: ${redactUrl(reason)}`),
} as const;
