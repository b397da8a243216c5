import { errorCode } from './error-code.ts';
import { isRecord } from './is-record.ts';
import { reasonOf } from '../log.ts';

export interface ApiAnswer {
  readonly isAnswer: true;
  readonly status: number;
  /** Parsed JSON; undefined when it is none. */
  readonly body: unknown;
  /** Text of a problem of the server's own; undefined: something else answered. */
  readonly detail: string | undefined;
  /** Where a 3xx points to. */
  readonly location: string | null;
  /** How far the server's clock is ahead of ours; undefined: it sent no date. Known to about a second. */
  readonly aheadMs: number | undefined;
}

/** No answer at all. */
export interface NoAnswer {
  readonly isAnswer: false;
  /** The system's code, e.g. `ECONNREFUSED`, `TIMEOUT`; may be empty. */
  readonly code: string;
  readonly reason: string;
}

/** The server's HTTP API as a program with a key sees it. Never throws. */
export class StudioApi {
  private readonly root: string;
  private readonly apiKey: string | undefined;
  private readonly timeoutMs: number;

  constructor(apiUrl: string, apiKey: string | undefined, timeoutMs: number) {
    this.root = apiUrl;
    this.apiKey = apiKey;
    this.timeoutMs = timeoutMs;
  }

  /** @param path below `/api/v1` */
  get(path: string): Promise<ApiAnswer | NoAnswer> {
    return this.ask(`/api/v1${path}`);
  }

  /** Names of what the server misses at the moment, as `GET /health/ready` calls them; empty also where it does not say. */
  async partsDown(): Promise<string[]> {
    const answer = await this.ask('/health/ready');
    const error: unknown = answer.isAnswer && isRecord(answer.body) ? answer.body['error'] : undefined;
    return isRecord(error) ? Object.keys(error) : [];
  }

  private async ask(path: string): Promise<ApiAnswer | NoAnswer> {
    const askedAtMs = Date.now();
    try {
      const response = await fetch(this.root + path, {
        headers: this.apiKey === undefined ? {} : { 'x-api-key': this.apiKey },
        redirect: 'manual',
        signal: AbortSignal.timeout(this.timeoutMs),
      });
      const answeredAtMs = Date.now();
      const body: unknown = await response.json().catch(() => undefined);
      return {
        isAnswer: true,
        status: response.status,
        body,
        detail: detailOf(body),
        location: response.headers.get('location'),
        aheadMs: aheadMs(response.headers.get('date'), (askedAtMs + answeredAtMs) / 2),
      };
    } catch (error) {
      const code = errorCode(error);
      return { isAnswer: false, code, reason: code === '' ? reasonOf(error) : code };
    }
  }
}

/** The header is cut to the second, so half a second is added. */
function aheadMs(date: string | null, localMs: number): number | undefined {
  const serverMs = date === null ? Number.NaN : Date.parse(date);
  return Number.isNaN(serverMs) ? undefined : serverMs + 500 - localMs;
}

function detailOf(body: unknown): string | undefined {
  if (!isRecord(body) || typeof body['request_id'] !== 'string') return undefined;
  return typeof body['detail'] === 'string' ? body['detail'] : undefined;
}
