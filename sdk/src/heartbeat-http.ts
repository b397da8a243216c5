import { type IncomingMessage } from 'node:http';

/** Longer answers are cut off: what is asked for takes a few hundred bytes. */
const ANSWER_MAX_BYTES = 64 * 1024;
const HEARTBEAT_PATH = '/api/v1/projects/heartbeat';

export interface HttpAnswer {
  status: number;
  /** Parsed JSON; undefined where it is none. */
  body: unknown;
}

export interface HttpDoor {
  apiUrl: string;
  apiKey: string;
}

class TimeUp extends Error {
  override readonly name = 'TimeoutError';
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function read(response: IncomingMessage, done: (answer: HttpAnswer) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= ANSWER_MAX_BYTES) chunks.push(chunk);
    else response.destroy();
  });
  const finish = (): void =>
    done({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) });
  response.on('end', finish);
  response.on('close', finish);
}

/**
 * Sends one heartbeat over HTTP. Rejects when no answer came in time. Not `fetch`: its sockets keep a process alive that has
 * nothing else to do, and a server that hangs would hold every script for the whole time-out.
 */
export async function postHeartbeat(
  { apiUrl, apiKey }: HttpDoor,
  beat: object,
  timeoutMs: number,
): Promise<HttpAnswer> {
  const { request } = apiUrl.startsWith('https:') ? await import('node:https') : await import('node:http');
  const body = JSON.stringify(beat);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-api-key': apiKey,
    connection: 'close',
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${apiUrl}${HEARTBEAT_PATH}`, { method: 'POST', headers, agent: false });
    const timer = setTimeout(() => sent.destroy(new TimeUp('no answer in time')), timeoutMs).unref();
    sent.on('socket', (socket) => {
      socket.unref();
      // A second attempt (IPv4 after IPv6) has a handle of its own.
      socket.once('connect', () => socket.unref());
    });
    sent.on('response', (response) => read(response, resolve));
    sent.on('error', reject);
    sent.on('close', () => {
      clearTimeout(timer);
      reject(new Error('connection lost'));
    });
    sent.end(body);
  });
}
