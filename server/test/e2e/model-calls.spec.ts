import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { startObservedProcess } from '../harness/observed-process.ts';
import { type ServerProcess, startServer } from '../harness/server-process.ts';

const AGENT = '../../../sdk/test/model-calls-agent.ts';

interface Trace {
  id: string;
  status: string;
  observation_count: number;
  input_tokens: number | null;
  output_tokens: number | null;
  total_tokens: number | null;
}
interface Observation {
  id: string;
  parent_observation_id: string | null;
  name: string;
  type: string;
  status: string;
  model: string | null;
  usage: Record<string, number> | null;
  start_time: string;
  completion_start_time: string | null;
  end_time: string | null;
}

let server: ServerProcess;
let person: ApiClient;
let projectId: string;
let trace: Trace;
let observations: Observation[];

async function items<T>(path: string): Promise<T[]> {
  const { status, body } = await person.get(`${path}&project_id=${projectId}`);
  expect(status).toBe(200);
  return (body as { items: T[] }).items;
}

beforeAll(async () => {
  server = await startServer();
  person = await ApiClient.signedIn(server.url);
  const project = await createProject(person);
  projectId = project.id;
  const { url, redisUrl, streamName } = server;
  const target = { url, redisUrl, streamName, projectId, apiKey: project.apiKey };
  expect(await startObservedProcess(target, AGENT).ended).toEqual({ code: 0, signal: null });
  const settled = ([found]: Trace[]): boolean => found !== undefined && found.status !== 'running';
  const [found] = await eventually(() => items<Trace>('/traces?limit=10'), settled);
  if (found === undefined) throw new Error('no trace');
  observations = await eventually(
    () => items<Observation>(`/observations?trace_id=${found.id}&limit=100`),
    (all) => all.length === 8 && all.every(({ end_time }) => end_time !== null),
  );
  trace = await eventually(
    async () => (await person.get(`/traces/${found.id}?project_id=${projectId}`)).body as Trace,
    ({ observation_count: count, total_tokens: tokens }) => count === 8 && tokens !== null,
  );
});

afterAll(() => server.stop());

describe('models that the nodes of a graph ask', () => {
  test('are below their nodes, with the tools', () => {
    const names = new Map(observations.map(({ id, name }) => [id, name]));
    const tree = observations.map(
      ({ parent_observation_id: parent, type, name }) =>
        `${parent === null ? '-' : String(names.get(parent))} > ${type} ${name}`,
    );
    expect(tree).toEqual([
      '- > CHAIN by_langchain',
      'by_langchain > TOOL add',
      'by_langchain > GENERATION ScriptedChatModel',
      '- > CHAIN by_openai',
      'by_openai > GENERATION openai.chat.completions',
      '- > CHAIN by_streams',
      'by_streams > GENERATION openai.chat.completions',
      'by_streams > GENERATION openai.chat.completions',
    ]);
  });

  test('tell their tokens in one shape, cached and reasoning apart and counted once', () => {
    const told = observations.filter(({ usage }) => usage !== null);
    expect(told).toHaveLength(3);
    for (const { usage } of told)
      expect(usage).toEqual({ input: 100, output: 50, total: 150, input_cached: 80, output_reasoning: 30 });
    expect(trace).toMatchObject({ input_tokens: 300, output_tokens: 150, total_tokens: 450 });
  });

  test('tell the model that answered, and streams the time of the first token', () => {
    const asked = observations.filter(({ type }) => type === 'GENERATION');
    expect(asked.map(({ model }) => model)).toEqual([
      'scripted-1',
      'gpt-4o-2026-01-01',
      'gpt-4o-2026-01-01',
      'endless-2026-01-01',
    ]);
    for (const { start_time, completion_start_time, end_time } of asked.slice(2)) {
      const times = [start_time, String(completion_start_time), String(end_time)];
      expect([...times].sort()).toEqual(times);
    }
  });

  test('are incomplete where their stream was left, and the run is fine', () => {
    expect(observations.map(({ status }) => status)).toEqual([
      ...['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'],
      'incomplete',
    ]);
    expect(trace.status).toBe('ok');
  });
});
