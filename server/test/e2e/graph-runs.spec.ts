import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { startObservedProcess } from '../harness/observed-process.ts';
import { type ServerProcess, startServer } from '../harness/server-process.ts';

const AGENT = '../../../sdk/test/graph-agent.ts';
const USER = 'external-swisper-user-12345';

interface Trace {
  id: string;
  name: string;
  status: string;
  level: string;
  session_id: string;
  user_id: string;
  status_message: string | null;
  observation_count: number;
  error_count: number;
  total_tokens: number | null;
  marks: string[];
}

interface Observation {
  id: string;
  parent_observation_id: string | null;
  name: string;
  type: string;
  status: string;
  level: string;
  status_message: string | null;
  end_time: string | null;
  payloads: { kind: string }[];
}

interface State {
  messages: string[];
  rounds: number;
  approved?: string;
}

let server: ServerProcess;
let person: ApiClient;
let projectId: string;
/** Of a conversation: the run up to the interrupt, and the run after it. */
let runs: Map<string, readonly Trace[]>;

beforeAll(async () => {
  server = await startServer();
  person = await ApiClient.signedIn(server.url);
  const project = await createProject(person);
  projectId = project.id;
  const { url, redisUrl, streamName } = server;
  const target = { url, redisUrl, streamName, projectId, apiKey: project.apiKey };
  expect(await startObservedProcess(target, AGENT).ended).toEqual({ code: 0, signal: null });
  const traces = await eventually(
    () => items<Trace>('/traces?limit=200'),
    (found) => found.length === 4 && found.every(({ status }) => status !== 'running'),
  );
  for (const { id } of traces) await eventually(() => hasSettled(id), Boolean);
  const oldestFirst = (await items<Trace>('/traces?limit=200')).reverse();
  runs = new Map(
    oldestFirst.map(({ session_id: chat }) => [chat, oldestFirst.filter((run) => run.session_id === chat)]),
  );
});

afterAll(() => server.stop());

async function items<T>(path: string): Promise<T[]> {
  const { status, body } = await person.get(`${path}&project_id=${projectId}`);
  expect(status).toBe(200);
  return (body as { items: T[] }).items;
}

/** Whether all of a trace is stored and counted: an observation may end after its trace. */
async function hasSettled(traceId: string): Promise<boolean> {
  const observations = await items<Observation>(`/observations?trace_id=${traceId}&limit=200`);
  const { body } = await person.get(`/traces/${traceId}?project_id=${projectId}`);
  const { observation_count: count, error_count: errors } = body as Trace;
  const failed = observations.filter(({ level }) => level === 'ERROR');
  const isComplete = count === observations.length && errors === failed.length;
  return isComplete && observations.every(({ end_time }) => end_time !== null);
}

/** A run of a conversation, with its observations in the order they began. */
async function runOf(chat: string, at: 0 | 1) {
  const trace = runs.get(chat)?.[at];
  if (trace === undefined) throw new Error(`no run ${String(at)} of ${chat}`);
  const observations = await items<Observation>(`/observations?trace_id=${trace.id}&limit=200`);
  const byId = new Map(observations.map((each) => [each.id, each]));
  const pathOf = ({ name, parent_observation_id: parent }: Observation): string => {
    const above = parent === null ? undefined : byId.get(parent);
    return above === undefined ? name : `${pathOf(above)}/${name}`;
  };
  const named = (name: string): Observation[] => observations.filter((each) => each.name === name);
  const stateOf = async (observation: Observation | undefined, kind: string): Promise<State> => {
    const path = `/traces/${trace.id}/observations/${observation?.id ?? ''}/payloads/${kind}`;
    const { status, body } = await person.get(`${path}?project_id=${projectId}`);
    expect([path, status]).toEqual([path, 200]);
    return body as State;
  };
  const errors = observations.filter(({ level }) => level === 'ERROR').map(({ name }) => name);
  return { trace, observations, paths: observations.map(pathOf), named, stateOf, errors };
}

describe('a run with parallel nodes, a subgraph, a loop and an interrupt', () => {
  test('is a trace that waits for a person, with the application\u2019s user and chat', async () => {
    const { trace, observations, errors } = await runOf('chat that ends well', 0);
    expect(trace).toMatchObject({
      name: 'every_way',
      status: 'interrupted',
      level: 'DEFAULT',
      user_id: USER,
      observation_count: observations.length,
      error_count: 0,
      total_tokens: 8,
      marks: [],
    });
    expect(errors).toEqual([]);
  });

  test('has the right tree: one observation per node that ran, the subgraph\u2019s below it', async () => {
    const { paths, named } = await runOf('chat that ends well', 0);
    expect([...paths].sort()).toEqual([
      'approve',
      'plan',
      'refine',
      'refine',
      'research',
      'research/draft',
      'research/gather',
      'research/gather/model',
      'search',
      'weather',
    ]);
    const ofType = (name: string) => named(name).map(({ type }) => type);
    expect([...ofType('research'), ...ofType('gather'), ...ofType('model')]).toEqual([
      'AGENT',
      'CHAIN',
      'GENERATION',
    ]);
  });

  test('has each node\u2019s status, and what waits is not an error', async () => {
    const { observations } = await runOf('chat that ends well', 0);
    const statusOf = new Map(observations.map(({ name, status }) => [name, status]));
    expect(Object.fromEntries(statusOf)).toEqual({
      plan: 'ok',
      search: 'ok',
      weather: 'ok',
      research: 'ok',
      gather: 'ok',
      model: 'ok',
      draft: 'ok',
      refine: 'ok',
      approve: 'interrupted',
    });
    expect(observations.filter(({ end_time }) => end_time === null)).toEqual([]);
  });

  test('has the state before each node and after its step', async () => {
    const { named, stateOf } = await runOf('chat that ends well', 0);
    const first = async (name: string, kind: string) => stateOf(named(name)[0], kind);
    const given = { user_id: USER, chat_id: 'chat that ends well', messages: ['hello'] };
    expect(await first('plan', 'input')).toEqual(given);
    expect(await first('plan', 'output')).toEqual({ rounds: 0 });
    expect(await first('plan', 'state_after')).toEqual({ ...given, rounds: 0 });
    // Nodes of one step find the same state and leave the same state, which has what both returned.
    for (const name of ['search', 'weather']) {
      expect(await first(name, 'input')).toEqual({ ...given, rounds: 0 });
      expect((await first(name, 'state_after')).messages.sort()).toEqual(['found', 'hello', 'sunny']);
    }
    expect(await first('search', 'output')).toEqual({ messages: ['found'] });
    expect((await first('gather', 'state_after')).messages).toHaveLength(4);
    expect((await first('research', 'input')).rounds).toBe(0);
    expect(await first('research', 'state_after')).toMatchObject({ rounds: 1 });
    expect((await first('research', 'state_after')).messages).toHaveLength(3);
    const visits = await Promise.all(
      named('refine').map(async (visit) => [
        (await stateOf(visit, 'input')).rounds,
        (await stateOf(visit, 'state_after')).rounds,
      ]),
    );
    expect(visits).toEqual([
      [1, 2],
      [2, 3],
    ]);
    expect(await first('approve', 'input')).toMatchObject({ rounds: 3 });
    expect(named('approve')[0]?.payloads.map(({ kind }) => kind)).not.toContain('state_after');
  });
});

describe('the run that goes on after the interrupt', () => {
  test('begins at the node that waited, with the state of then, and ends well', async () => {
    const { trace, paths, named, stateOf } = await runOf('chat that ends well', 1);
    expect(trace).toMatchObject({ status: 'ok', level: 'DEFAULT', user_id: USER });
    expect([...paths].sort()).toEqual(['approve', 'archive', 'deliver']);
    const [approve] = named('approve');
    expect(approve).toMatchObject({ status: 'ok' });
    expect(await stateOf(approve, 'input')).toMatchObject({ rounds: 3 });
    expect(await stateOf(approve, 'state_after')).toMatchObject({ rounds: 3, approved: 'to everybody' });
  });

  test('with a failing node is an error there and of the trace, and nowhere else', async () => {
    const before = await runOf('chat that fails', 0);
    expect(before.trace).toMatchObject({ status: 'interrupted', level: 'DEFAULT' });
    const { trace, named, errors, observations } = await runOf('chat that fails', 1);
    expect(trace).toMatchObject({
      status: 'error',
      level: 'ERROR',
      status_message: 'no recipient',
      error_count: 1,
    });
    expect(errors).toEqual(['deliver']);
    const [deliver] = named('deliver');
    expect(deliver).toMatchObject({ status: 'error', status_message: 'no recipient' });
    const kinds = deliver?.payloads.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['error', 'input']));
    expect(kinds).not.toContain('state_after');
    expect(named('approve')).toMatchObject([{ status: 'ok' }]);
    expect(named('archive')).toMatchObject([{ status: 'ok' }]);
    expect(observations.filter(({ end_time }) => end_time === null)).toEqual([]);
  });
});

test('the graph as it was declared can be read, once for all of its runs', async () => {
  const versions = await items<{ name: string; version_hash: string }>('/graphs?limit=200');
  expect(versions).toMatchObject([{ name: 'every_way', node_count: 14 }]);
  const { body } = await person.get(`/graphs/every_way?project_id=${projectId}`);
  const { nodes, edges } = body as {
    nodes: string[];
    edges: { source: string; target: string; conditional: boolean }[];
  };
  const ran = [...runs.values()].flat();
  const names = new Set<string>();
  for (const { id } of ran)
    for (const each of await items<Observation>(`/observations?trace_id=${id}&limit=200`))
      names.add(each.name);
  // Every node that ran was declared; those of the subgraph below its name.
  const declared = new Set(nodes.map((node) => node.slice(node.lastIndexOf(':') + 1)));
  expect([...names].filter((name) => !declared.has(name))).toEqual(['model']);
  expect(nodes).toEqual(
    expect.arrayContaining(['__start__', '__end__', 'research:gather', 'research:draft']),
  );
  expect(edges).toEqual(
    expect.arrayContaining([
      { source: 'refine', target: 'refine', conditional: true },
      { source: 'refine', target: 'approve', conditional: true },
      { source: 'search', target: 'research', conditional: false },
      { source: 'weather', target: 'research', conditional: false },
      { source: 'research:gather', target: 'research:draft', conditional: false },
    ]),
  );
});

test('nothing was refused, lost or counted twice', async () => {
  expect((await person.get('/dead-letters')).body).toMatchObject({ items: [] });
  const { status, body } = await person.get(`/observability/accounts?project_id=${projectId}`);
  expect([status, JSON.stringify(body)]).toEqual([200, expect.stringContaining('"missing":0')]);
});
