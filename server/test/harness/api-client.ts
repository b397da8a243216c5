import supertest, { type Response } from 'supertest';
import { ADMIN } from './server-process.ts';

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed JSON, or the text when it is none. */
  body: unknown;
}

/** A signed-in person or a program with a key, talking to the public API as anybody would. */
export class ApiClient {
  private readonly url: string;
  private readonly credentials: Record<string, string>;

  private constructor(url: string, credentials: Record<string, string>) {
    this.url = url;
    this.credentials = credentials;
  }

  static anonymous(url: string): ApiClient {
    return new ApiClient(url, {});
  }

  static withKey(url: string, apiKey: string): ApiClient {
    return new ApiClient(url, { 'x-api-key': apiKey });
  }

  static async signedIn(url: string, { email, password } = ADMIN): Promise<ApiClient> {
    const answer = await new ApiClient(url, {}).post('/auth/login', { email, password });
    if (answer.status !== 200)
      throw new Error(`Login answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return new ApiClient(url, { cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '' });
  }

  get(path: string): Promise<Answer> {
    return this.send('get', path);
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.send('post', path, body);
  }

  patch(path: string, body: unknown): Promise<Answer> {
    return this.send('patch', path, body);
  }

  delete(path: string): Promise<Answer> {
    return this.send('delete', path);
  }

  private async send(
    method: 'get' | 'post' | 'patch' | 'delete',
    path: string,
    body?: unknown,
  ): Promise<Answer> {
    const agent = supertest(this.url);
    const request = agent[method](`/api/v1${path}`).set({ ...this.credentials, origin: this.url });
    const response = await (body === undefined
      ? request.buffer(true)
      : request.type('application/json').buffer(true).send(JSON.stringify(body)));
    return { status: response.status, headers: headersOf(response), body: parsed(response.text) };
  }
}

/** A project with a key of all scopes, made through the API by a signed-in person. */
export async function createProject(
  person: ApiClient,
  name = 'Test project',
): Promise<{ id: string; apiKey: string }> {
  const project = await person.post('/projects', { name });
  const id = field(project.body, 'id');
  const key = await person.post(`/projects/${id}/keys`, {
    name: 'test',
    scopes: ['ingest', 'read', 'tracing'],
  });
  return { id, apiKey: field(key.body, 'secret') };
}

export function field(value: unknown, name: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  if (typeof found !== 'string') throw new Error(`No text "${name}" in ${JSON.stringify(value)}`);
  return found;
}

function headersOf(response: Response): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries<string | string[]>(response.headers)) {
    for (const one of [value].flat()) headers.append(name, one);
  }
  return headers;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
