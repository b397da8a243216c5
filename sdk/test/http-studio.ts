import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { freePort } from '../../server/tools/free-port.ts';
import { type ProducerCounters } from '../src/contract/index.ts';

export interface SentEntry {
  instance_id: string;
  seq: number;
  n: number;
  counters: ProducerCounters;
  sent_at: string;
  events: Record<string, unknown>[];
}

/** What POST /events is answered; `hang`: nothing, ever. */
export type Mood = 'well' | 'hang' | { status: number; headers?: Record<string, string>; body?: object };

const PROBLEM = { 'content-type': 'application/problem+json; charset=utf-8' };

/** Takes events as the server does, or fails to, as a test wants it. */
export class HttpStudio {
  readonly entries: SentEntry[] = [];
  /** Bodies of all attempts, taken or not. */
  readonly attempts: string[] = [];
  readonly polls: string[] = [];
  mood: Mood = 'well';
  config = { version: 1, enabled: true, full: false };
  private readonly held = new Set<() => void>();
  private server: Server | undefined;
  private port: number | undefined;

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  /** Listens, on the same port each time. */
  async start(): Promise<void> {
    this.port ??= await freePort();
    const server = createServer((request, response) => void this.answer(request, response));
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
  }

  /** Nobody listens any more, and connections are cut. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Connections are cut, answers under way are lost. */
  cut(): void {
    this.server?.closeAllConnections();
  }

  /** Answers those who wait for something newer. */
  turn(version: number, enabled: boolean): void {
    this.config = { ...this.config, version, enabled };
    for (const look of [...this.held]) look();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    await new Promise((resolve) => request.once('close', resolve));
    if (request.method === 'GET') return this.tell(request.url ?? '', response);
    if (request.url !== '/api/v1/events') return say(response, 200, { status: 'ok' });
    const text = Buffer.concat(chunks).toString();
    this.attempts.push(text);
    const { mood } = this;
    if (mood === 'hang') return;
    if (mood === 'well') return this.take(text, response);
    response.writeHead(mood.status, { ...PROBLEM, ...mood.headers });
    response.end(JSON.stringify(mood.body ?? { status: mood.status, detail: 'not now' }));
  }

  private take(text: string, response: ServerResponse): void {
    const entry = JSON.parse(text) as SentEntry;
    this.entries.push(entry);
    const { version, enabled } = this.config;
    const answer = { status: 'accepted', accepted: entry.n, rejected: [] };
    say(response, 200, { ...answer, config_version: version, tracing_enabled: enabled });
  }

  private tell(url: string, response: ServerResponse): void {
    this.polls.push(url);
    const version = new URL(url, this.url).searchParams.get('version');
    const look = (): void => {
      if (version !== null && this.config.version <= Number(version)) return;
      this.held.delete(look);
      say(response, 200, this.config);
    };
    this.held.add(look);
    response.once('close', () => this.held.delete(look));
    look();
  }
}

function say(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
