import { expect } from '@jest/globals';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

type RawInit = { body?: string | Buffer<ArrayBuffer>; headers?: Record<string, string> };

/** The whole server with its consumer, a signed-in person, and a project with a program that has its key. */
export class TracesScene {
  private constructor(
    readonly studio: AppInProcess,
    readonly person: ApiClient,
    readonly project: { id: string; apiKey: string },
    readonly program: ApiClient,
  ) {}

  static async start(): Promise<TracesScene> {
    const studio = await startInProcess({ STUDIO_ROLES: 'api,consumer' });
    const person = await ApiClient.signedIn(studio.url);
    const project = await createProject(person);
    return new TracesScene(studio, person, project, ApiClient.withKey(studio.url, project.apiKey));
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

  /** Sends and waits until it is stored. */
  async send(method: 'POST' | 'PATCH', path: string, body: object): Promise<Record<string, unknown>> {
    const answer = await this.raw(method, path, {
      body: JSON.stringify(body),
      headers: { prefer: 'wait=10' },
    });
    expect(answer.status).toBe(method === 'POST' ? 201 : 200);
    expect(answer.headers.get('preference-applied')).toBe('wait=10');
    return (await answer.json()) as Record<string, unknown>;
  }
}
