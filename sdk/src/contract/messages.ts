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

const CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi;

/** The text with user and password of every URL in it replaced by `***`. */
export const redactUrl = (text: string): string => text.replace(CREDENTIALS, '$1***@');

export const messages = {
  initialized: (apiUrl: string, projectId: string): Message =>
    info(
      '✅ SwisperStudio tracing initialized',
      `   URL: ${redactUrl(apiUrl)}`,
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
      `⚠️ SwisperStudio not reachable at ${redactUrl(apiUrl)}`,
      '   Ensure SwisperStudio is running and accessible',
      '   Tracing enabled - will function when available',
    ),
  failed: (reason: string): Message =>
    warn(
      `⚠️ SwisperStudio health check failed: ${redactUrl(reason)}`,
      '   Tracing enabled - will function in degraded mode',
    ),
  redisConnected: (url: string): Message => info(`✅ Redis publisher connected: ${redactUrl(url)}`),
  redisFailed: (reason: string): Message =>
    warn(`⚠️ Redis publisher initialization failed: ${redactUrl(reason)}`),
  heldBack: (reason: string): Message => warn(`⚠️ SwisperStudio events are held back: ${redactUrl(reason)}`),
  eventsRefused: (count: number, reason: string): Message =>
    warn(`⚠️ SwisperStudio refused ${String(count)} events: ${redactUrl(reason)}`),
} as const;
