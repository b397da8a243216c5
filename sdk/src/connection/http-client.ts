import type * as http from 'node:http';
import { type Socket } from 'node:net';
import { reasonOf } from '../log.ts';
import { cancel, later } from '../timers.ts';

const CONNECT_TIMEOUT_MS = 3000;
/** Idle connections are kept for the next request; a server that closes its own earlier says so in `Keep-Alive`. */
const MAX_IDLE_SOCKETS = 2;
/** Answers of the server are far smaller. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export interface HttpCall {
  method: 'GET' | 'POST';
  /** Path behind the base URL, with its query. */
  path: string;
  /** JSON. */
  body?: Buffer;
  /** For everything, connecting included. */
  timeoutMs: number;
}

export interface HttpAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** Undefined: no JSON. */
  json: unknown;
}

/** No answer came. */
export class NoAnswer extends Error {
  /** The request was on its way: it may have been carried out. */
  readonly mayHaveArrived: boolean;

  /** @param cause the system's error, with its code */
  constructor(reason: string, mayHaveArrived: boolean, cause?: Error) {
    super(reason, { cause });
    this.mayHaveArrived = mayHaveArrived;
  }
}

function jsonOf(chunks: readonly Buffer[]): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
    return value;
  } catch {
    return undefined;
  }
}

/**
 * Requests to one server over connections that are kept, with `node:http`: less than half the CPU of `fetch`, and sockets that can be
 * kept from holding the process open. Redirects are not followed.
 */
export class HttpClient {
  private readonly url: URL;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly running = new Set<http.ClientRequest>();
  private opening: Promise<Connector> | undefined;
  private isClosed = false;

  /**
   * @param baseUrl `http://…` or `https://…`, a path in it precedes every path
   * @param headers sent with every request
   */
  constructor(baseUrl: string, headers: Readonly<Record<string, string>>) {
    this.url = new URL(baseUrl);
    this.headers = headers;
  }

  /** @throws NoAnswer and nothing else */
  async request(call: HttpCall): Promise<HttpAnswer> {
    try {
      return await this.attempt(call);
    } catch (error) {
      // The server has closed the kept connection in this moment: that says nothing about it.
      if (error instanceof StaleConnection) return this.attempt(call);
      throw error instanceof NoAnswer ? error : new NoAnswer(reasonOf(error), false);
    }
  }

  /** Ends what is under way. */
  close(): void {
    this.isClosed = true;
    for (const request of this.running) request.destroy();
    void this.opening?.then(
      ({ agent }) => agent.destroy(),
      () => undefined,
    );
  }

  private async attempt(call: HttpCall): Promise<HttpAnswer> {
    this.opening ??= connectorOf(this.url);
    const { request: open, agent, target, prefix } = await this.opening;
    return new Promise((resolve, reject) => {
      if (this.isClosed) return reject(new NoAnswer('closed', false));
      const { method, path, body } = call;
      const request = open({
        ...target,
        agent,
        method,
        path: prefix + path,
        headers: {
          ...this.headers,
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': body.length }),
        },
      });
      this.running.add(request);
      const end = this.endings(request, call.timeoutMs);
      request.on('error', (error) => reject(end.failed(error)));
      request.on('close', () => reject(end.failed(new Error('connection lost'))));
      request.on('response', (response) => readAnswer(response, request, resolve));
      request.end(body);
    });
  }

  /** Watches over the time of a request and tells what its failure means. */
  private endings(request: http.ClientRequest, timeoutMs: number): { failed: (error: Error) => Error } {
    let isConnected = false;
    const giveUp = (): void => void request.destroy(new TimeUp('timed out'));
    const timer = later(giveUp, timeoutMs);
    const connecting = later(giveUp, Math.min(timeoutMs, CONNECT_TIMEOUT_MS));
    const connected = (): void => {
      isConnected = true;
      cancel(connecting);
    };
    request.on('socket', (socket: Socket) => {
      socket.unref();
      if (socket.connecting) socket.once('connect', connected);
      else connected();
    });
    request.once('close', () => {
      cancel(timer);
      cancel(connecting);
      this.running.delete(request);
    });
    return {
      failed: (error) => {
        const code = 'code' in error ? String(error.code) : '';
        // Several addresses that all refuse are an error without a message.
        const reason = error.message === '' ? code : error.message;
        const isStale = request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
        return isStale ? new StaleConnection(reason, true, error) : new NoAnswer(reason, isConnected, error);
      },
    };
  }
}

class StaleConnection extends NoAnswer {}

class TimeUp extends Error {
  override readonly name = 'TimeoutError';
}

interface Connector {
  request: typeof http.request;
  agent: http.Agent;
  target: http.RequestOptions;
  prefix: string;
}

/** Of a user or password as it stands in a URL; one with a `%` that escapes nothing means itself. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Loads what the scheme needs: programs that send through Redis need none of it. */
async function connectorOf(url: URL): Promise<Connector> {
  const { protocol, hostname, port, username, password, pathname } = url;
  const { request, Agent } = await (protocol === 'https:' ? import('node:https') : import('node:http'));
  const target: http.RequestOptions = {
    protocol,
    // In URLs an IPv6 address stands in brackets.
    hostname: hostname.replace(/^\[|\]$/g, ''),
    ...(port === '' ? {} : { port: Number(port) }),
    ...(username === '' ? {} : { auth: `${unescaped(username)}:${unescaped(password)}` }),
  };
  const agent = new Agent({ keepAlive: true, maxFreeSockets: MAX_IDLE_SOCKETS });
  return { request, agent, target, prefix: pathname.replace(/\/+$/, '') };
}

function readAnswer(
  response: http.IncomingMessage,
  request: http.ClientRequest,
  resolve: (answer: HttpAnswer) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) request.destroy(new Error('the answer is too long'));
    else chunks.push(chunk);
  });
  // What ends too early ends the request with an error or closes it.
  response.on('error', () => undefined);
  response.on('end', () => {
    if (!response.complete) return;
    resolve({ status: response.statusCode ?? 0, headers: response.headers, json: jsonOf(chunks) });
  });
}
