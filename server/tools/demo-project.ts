import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './studio-stack.ts';

export interface DemoAdmin {
  email: string;
  password: string;
}

export interface DemoAccount extends DemoAdmin {
  projectId: string;
  apiKey: string;
}

const STATE_FILE = 'demo.json';
const PROJECT_NAME = 'Demo agent';

/** The admin of the settings, else of the last run, else a new one with a generated password. */
export function demoAdmin(environment: Environment, stateDir: string): DemoAdmin {
  const { STUDIO_ADMIN_EMAIL: email, STUDIO_ADMIN_PASSWORD: password } = environment;
  if (email !== undefined && password !== undefined) return { email, password };
  const known = readState(stateDir);
  const admin = {
    email: known.email ?? 'admin@swisper.studio',
    password: known.password ?? randomBytes(15).toString('base64url'),
  };
  writeState(stateDir, { ...known, ...admin });
  return admin;
}

/** Signs in and finds the project and key of the last run, or makes them. */
export async function ensureDemoProject(
  url: string,
  admin: DemoAdmin,
  stateDir: string,
): Promise<DemoAccount> {
  const known = readState(stateDir);
  const { projectId, apiKey } = known;
  if (projectId !== undefined && apiKey !== undefined && (await keyWorks(url, projectId, apiKey))) {
    return { ...admin, projectId, apiKey };
  }
  const post = await signIn(url, admin);
  const project = await post('/projects', { name: PROJECT_NAME, environment: 'demo' });
  const id = text(project, 'id');
  const key = await post(`/projects/${id}/keys`, { name: 'demo', scopes: ['ingest', 'read'] });
  const account = { ...admin, projectId: id, apiKey: text(key, 'secret') };
  writeState(stateDir, account);
  return account;
}

type Post = (path: string, body: unknown) => Promise<Record<string, unknown>>;

async function signIn(url: string, admin: DemoAdmin): Promise<Post> {
  let cookie = '';
  const post: Post = async (path, body) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url, cookie },
      body: JSON.stringify(body),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`);
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
    return isRecord(answer) ? answer : {};
  };
  await post('/auth/login', admin).catch((error: unknown) => {
    throw new Error(`Signing in as ${admin.email} failed; delete .studio/ to begin anew.\n${String(error)}`);
  });
  return post;
}

async function keyWorks(url: string, projectId: string, apiKey: string): Promise<boolean> {
  const response = await fetch(`${url}/api/v1/projects/${projectId}`, { headers: { 'x-api-key': apiKey } });
  return response.status === 200;
}

function readState(stateDir: string): Partial<DemoAccount> {
  if (!existsSync(join(stateDir, STATE_FILE))) return {};
  const state: unknown = JSON.parse(readFileSync(join(stateDir, STATE_FILE), 'utf8'));
  if (!isRecord(state)) return {};
  const known: Partial<DemoAccount> = {};
  for (const name of ['email', 'password', 'projectId', 'apiKey'] as const) {
    const value = state[name];
    if (typeof value === 'string') known[name] = value;
  }
  return known;
}

function writeState(stateDir: string, state: Partial<DemoAccount>): void {
  mkdirSync(stateDir, { recursive: true, mode: 0o755 });
  writeFileSync(join(stateDir, STATE_FILE), `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
}

function text(value: Record<string, unknown>, name: string): string {
  const field = value[name];
  if (typeof field !== 'string') throw new Error(`The server's answer has no ${name}`);
  return field;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
