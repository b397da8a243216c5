import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CHECKOUT } from '../../tools/checkout.ts';
import { freePort } from '../../tools/free-port.ts';
import { ApiClient } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';

const NODES = ['classify_intent', 'memory_node', 'global_planner', 'agent_execution', 'user_interface'];
let folder: string;
let port: number;
let demo: Demo;

interface Demo {
  output(): string;
  pid: number;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<number | null>;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'swisper-studio-demo-'));
  chmodSync(folder, 0o755);
  port = await freePort();
  demo = startDemo();
  await eventually(
    () => demo.output(),
    (output) => /^API key: /m.test(output),
    600_000,
  );
});

afterAll(async () => {
  demo.kill('SIGTERM');
  await demo.ended;
  rmSync(folder, { recursive: true, force: true });
});

test('it prints where the console is, a login, the project and a key', async () => {
  expect(line('Console')).toBe(`http://localhost:${port}`);
  const [email = '', password = ''] = line('Login').split(' / ');
  const person = await ApiClient.signedIn(url(), { email, password });
  expect((await person.get(`/projects/${line('Project')}`)).status).toBe(200);
  expect(line('API key')).toMatch(/^sws_\S+ \(scopes ingest and read\)$/);
});

test('traces that succeed have the five nodes, LLM and tool below the right ones, and payloads of each', async () => {
  const trace = await newestTrace('ok');
  const observations = await observationsOf(trace);
  const byName = new Map(observations.map((observation) => [observation.name, observation]));
  expect(observations.filter(({ name }) => NODES.includes(name)).map(({ name }) => name)).toEqual(NODES);
  const llm = observations.filter(({ type }) => type === 'GENERATION');
  const tools = observations.filter(({ type }) => type === 'TOOL');
  expect(llm.length).toBeGreaterThan(0);
  expect(tools.length).toBeGreaterThan(0);
  const nodeIds = new Map(NODES.map((name) => [byName.get(name)?.id, name]));
  for (const nested of [...llm, ...tools]) expect(nodeIds.has(nested.parent_observation_id ?? '')).toBe(true);
  expect(nodeIds.get(tools[0]?.parent_observation_id ?? '')).toBe('agent_execution');
  for (const name of NODES) {
    const kinds = byName.get(name)?.payloads.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['input', 'output', 'state_after']));
    expect(byName.get(name)?.status).toBe('ok');
  }
});

test('traces that fail have the nodes up to the failing one and status error', async () => {
  const observations = await observationsOf(await newestTrace('error'));
  const nodes = observations.filter(({ name }) => NODES.includes(name));
  expect(nodes.map(({ name }) => name)).toEqual(NODES.slice(0, 4));
  expect(nodes.at(-1)).toMatchObject({ name: 'agent_execution', status: 'error', level: 'ERROR' });
});

test('Ctrl-C stops all of it, and its state survives a restart', async () => {
  const before = { project: line('Project'), key: line('API key'), login: line('Login') };
  const traces = (await tracesOf('ok')).length;
  demo.kill('SIGINT');
  await demo.ended;
  await eventually(
    () => processesOf(folder),
    (left) => left.length === 0,
  );
  demo = startDemo();
  await eventually(
    () => demo.output(),
    (output) => /^API key: /m.test(output),
    600_000,
  );
  expect({ project: line('Project'), key: line('API key'), login: line('Login') }).toEqual(before);
  expect((await tracesOf('ok')).length).toBeGreaterThanOrEqual(traces);
});

test('the end of its parent stops all of it, even a kill -9', async () => {
  demo.kill('SIGKILL');
  await eventually(
    () => processesOf(folder),
    (left) => left.length === 0,
  );
});

function startDemo(): Demo {
  // `npm test` has built it; building puts every file anew in its place, and other tests run from there.
  const args = ['run', 'demo', '--', '--without-build', '--interval-ms', '300', '--state-dir', folder];
  const child = spawn('npm', args, {
    cwd: CHECKOUT,
    // A process group of its own, as a terminal makes one: Ctrl-C goes to all of it.
    detached: true,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: String(port) },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const pid = child.pid ?? 0;
  return {
    output: () => output,
    pid,
    kill: (signal) => {
      if (child.exitCode === null && child.signalCode === null)
        process.kill(signal === 'SIGINT' ? -pid : pid, signal);
    },
    ended,
  };
}

function line(label: string): string {
  return new RegExp(`^${label}: (.*)$`, 'm').exec(demo.output())?.[1] ?? '';
}

function url(): string {
  return `http://127.0.0.1:${port}`;
}

interface Observation {
  id: string;
  name: string;
  type: string;
  status: string;
  end_time: string | null;
  parent_observation_id: string | null;
  payloads: { kind: string; bytes: number }[];
}

async function items<T>(path: string): Promise<T[]> {
  const key = line('API key').split(' ')[0] ?? '';
  const { body } = await ApiClient.withKey(url(), key).get(path);
  return typeof body === 'object' && body !== null ? (Reflect.get(body, 'items') as T[]) : [];
}

function tracesOf(status: string): Promise<{ id: string }[]> {
  return items(`/traces?project_id=${line('Project')}&status=${status}`);
}

async function newestTrace(status: string): Promise<string> {
  const [newest] = await eventually(
    () => tracesOf(status),
    (traces) => traces.length > 0,
  );
  return newest?.id ?? '';
}

/** All of a trace: the last of them may be stored as ended after it. */
function observationsOf(traceId: string): Promise<Observation[]> {
  return eventually(
    () => items<Observation>(`/observations?trace_id=${traceId}&project_id=${line('Project')}`),
    (all) => all.length > 0 && all.every(({ end_time }) => end_time !== null),
  );
}

/** Command lines of running processes that name the folder. */
function processesOf(name: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((command) => command.includes(name));
}
