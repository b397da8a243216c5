import { expect } from '@jest/globals';
import { Redis } from 'ioredis';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { sharedRedisUrl, uniqueStream } from '../harness/services.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

type RawInit = { body?: string | Buffer<ArrayBuffer>; headers?: Record<string, string> };

/** The whole server with its consumer, a signed-in person, and a project with a program that has its key. */
export class TracesScene {
  readonly program: ApiClient;

  private constructor(
    readonly studio: AppInProcess,
    readonly person: ApiClient,
    readonly project: { id: string; apiKey: string },
    private readonly stream: string,
  ) {
    this.program = ApiClient.withKey(studio.url, project.apiKey);
  }

  static async start(): Promise<TracesScene> {
    const stream = uniqueStream();
    const studio = await startInProcess({
      STUDIO_ROLES: 'api,consumer',
      OBSERVABILITY_STREAM_NAME: stream,
    });
    const person = await ApiClient.signedIn(studio.url);
    const project = await createProject(person);
    return new TracesScene(studio, person, project, stream);
  }

  /** A request of the program's with a body and headers the client does not send. */
  raw(method: string, path: string, init: RawInit = {}): Promise<Response> {
    const type = init.body === undefined ? {} : { 'content-type': 'application/json' };
    return fetch(`${this.studio.url}/api/v1${path}`, {
      method,
      headers: { 'x-api-key': this.project.apiKey, ...type, ...init.headers },
      ...(init.body === undefined ? {} : { body: init.body }),
    });
  }

  async items(path: string, client: ApiClient = this.program): Promise<Record<string, unknown>[]> {
    const { status, body } = await client.get(path);
    expect(status).toBe(200);
    return (body as { items: Record<string, unknown>[] }).items;
  }

  /** Waits until what was answered is stored: the answer itself waits for ten seconds at most, and says when it did. */
  async stored(answer: Response): Promise<void> {
    const applied = answer.headers.get('preference-applied');
    if (applied !== null) return expect(applied).toBe('wait=10');
    const redis = new Redis(sharedRedisUrl());
    await eventually(
      () => redis.xlen(this.stream),
      (left) => left === 0,
    ).finally(() => redis.disconnect());
  }

  /** Sends and waits until it is stored. */
  async send(method: 'POST' | 'PATCH', path: string, body: object): Promise<Record<string, unknown>> {
    const answer = await this.raw(method, path, {
      body: JSON.stringify(body),
      headers: { prefer: 'wait=10' },
    });
    expect(answer.status).toBe(method === 'POST' ? 201 : 200);
    await this.stored(answer);
    return (await answer.json()) as Record<string, unknown>;
  }
}
