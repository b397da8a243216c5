import { describe, expect, test } from '@jest/globals';
import {
  createTracedGraph,
  getCurrentTraceId,
  shutdown,
  startObservation,
  startTrace,
  traced,
  updateCurrentObservation,
  updateCurrentTrace,
} from '../../src/index.ts';
import { waitUntil } from '../observed-project.ts';
import { input, sequence } from '../sequence-graph.ts';
import { recordedTraces } from '../recorded-runs.ts';
import { useObservedProject } from '../use-observed-project.ts';

const project = useObservedProject();

const sent = () => recordedTraces(project);

describe('a trace made by hand', () => {
  test('has what was said of it, at its start, meanwhile and at its end', async () => {
    const trace = startTrace({
      name: 'import',
      input: { rows: 2 },
      userId: 'u1',
      sessionId: 's1',
      tags: ['nightly'],
      meta: { source: 'csv' },
    });
    trace.update({ userId: 'u2', meta: { rows: 2 }, output: 'said early' });
    trace.end();
    const { starts, updates, ends } = await sent();
    expect(starts).toMatchObject([
      {
        trace_id: trace.id,
        name: 'import',
        input: { rows: 2 },
        user_id: 'u1',
        session_id: 's1',
        tags: ['nightly'],
        meta: { source: 'csv' },
      },
    ]);
    expect(updates).toMatchObject([{ user_id: 'u2', meta: { source: 'csv', rows: 2 } }]);
    expect(updates[0]).not.toHaveProperty('output');
    expect(ends).toMatchObject([{ status: 'ok', output: 'said early' }]);
  });

  test('holds observations at any depth, and what runs in them', async () => {
    const graph = createTracedGraph(sequence().compile(), { traceName: 'inner graph' });
    const trace = startTrace({ name: 'request' });
    const outer = trace.startObservation({ name: 'outer', type: 'AGENT', input: 1 });
    const inner = outer.startObservation({
      name: 'inner',
      type: 'GENERATION',
      model: 'm',
      modelParameters: { temperature: 0 },
      meta: { a: 1 },
    });
    await inner.run(async () => {
      await Promise.resolve();
      expect(getCurrentTraceId()).toBe(trace.id);
      updateCurrentObservation({ usage: { input: 1 } });
      updateCurrentTrace({ tags: ['from within'] });
      startObservation({ name: 'leaf' }).end('leaf done');
      traced('function', () => undefined)();
      await graph.invoke(input);
    });
    inner.update({ meta: { b: 2 } });
    inner.end('said');
    outer.end();
    trace.end({ done: true });
    const { starts, updates, ends } = await sent();
    expect(starts).toHaveLength(1);
    expect(updates).toMatchObject([{ tags: ['from within'] }]);
    expect(ends).toMatchObject([{ output: { done: true } }]);
    const rows = await project.observations();
    const idOf = (name: string): unknown => rows.get(name)?.['observation_id'];
    const parentOf = (name: string): unknown => rows.get(name)?.['parent_observation_id'];
    expect([idOf('outer'), idOf('inner')]).toEqual([outer.id, inner.id]);
    expect(parentOf('outer')).toBeUndefined();
    expect(parentOf('inner')).toBe(outer.id);
    for (const name of ['leaf', 'function', 'inner graph']) expect(parentOf(name)).toBe(inner.id);
    expect(parentOf('classify')).toBe(idOf('inner graph'));
    expect(rows.get('outer')).toMatchObject({ type: 'AGENT', input: 1, status: 'ok' });
    expect(rows.get('inner')).toMatchObject({
      model: 'm',
      model_parameters: { temperature: 0 },
      usage: { input: 1 },
      meta: { a: 1, b: 2 },
      output: 'said',
    });
    expect(rows.get('leaf')).toMatchObject({ type: 'SPAN', output: 'leaf done' });
  });

  test('has what updates said as it was when they were called', async () => {
    const said = { list: ['before'] };
    const trace = startTrace({ name: 't' });
    const step = trace.startObservation({ name: 's' });
    step.update({ output: said, meta: { said }, modelParameters: { stop: said.list } });
    trace.update({ output: said, meta: { said } });
    said.list.push('after');
    trace.update({ meta: { more: 1 } });
    step.end('not this');
    trace.end('nor this');
    const { events, ends } = await sent();
    const found = events.find(({ event_type }) => event_type === 'observation');
    const before = { list: ['before'] };
    expect(found).toMatchObject({
      output: before,
      meta: { said: before },
      model_parameters: { stop: ['before'] },
    });
    expect(ends[0]).toMatchObject({ output: before });
    expect(JSON.stringify(events)).not.toContain('after');
  });

  test.each([
    ['small', ''],
    ['large', 'x'.repeat(50_000)],
  ])('has %s meta of its start as it was then, also where an update adds to it', async (_size, text) => {
    const meta = { list: ['before'], text };
    const trace = startTrace({ name: 't', meta });
    const step = trace.startObservation({ name: 's', meta });
    const update = { more: { list: ['before'] }, text };
    step.update({ meta: update });
    update.more.list.push('after');
    meta.list.push('after');
    trace.update({ meta: { more: 1 } });
    step.end();
    trace.end();
    const { events, updates } = await sent();
    const found = events.find(({ event_type }) => event_type === 'observation');
    expect(found).toMatchObject({ meta: { list: ['before'], text, more: { list: ['before'] } } });
    expect(updates).toMatchObject([{ meta: { list: ['before'], text, more: 1 } }]);
    expect(JSON.stringify(events)).not.toContain('after');
  });

  test('ends once, and says nothing after its end', async () => {
    const trace = startTrace({ name: 'once' });
    const step = trace.startObservation({ name: 'step' });
    step.fail(new TypeError('no'));
    step.end('late');
    step.update({ level: 'WARNING' });
    trace.fail(new TypeError('no'));
    trace.fail(new TypeError('again'));
    trace.end('late');
    trace.update({ name: 'late' });
    const { events, updates, ends } = await sent();
    expect(ends).toMatchObject([{ status: 'error', level: 'ERROR', status_message: 'no' }]);
    expect(updates).toEqual([]);
    const steps = events.filter(({ observation_id }) => observation_id !== undefined);
    expect(steps).toMatchObject([{ event_type: 'observation', level: 'ERROR', error: { message: 'no' } }]);
  });

  test('is a trace of its own wherever it is opened, and an interrupt is no error', async () => {
    const ids = await traced('request', async () => {
      const trace = startTrace({ name: 'audit' });
      await trace.run(() => traced('below', () => Promise.resolve())());
      const waiting = Object.assign(new Error('wait'), { is_bubble_up: true, name: 'GraphInterrupt' });
      const step = trace.startObservation({ name: 'ask' });
      step.fail(waiting);
      trace.fail(waiting);
      return [getCurrentTraceId(), trace.id];
    })();
    expect(ids[0]).not.toBe(ids[1]);
    const { events, ends } = await sent();
    expect(ends.find(({ trace_id }) => trace_id === ids[1])).toMatchObject({ status: 'interrupted' });
    const rows = await project.observations();
    expect(rows.get('below')?.['trace_id']).toBe(ids[1]);
    expect(rows.get('ask')).toMatchObject({ status: 'interrupted' });
    expect(events.filter(({ level }) => level === 'ERROR')).toEqual([]);
  });

  test('runs bodies as they are: their values, promises and errors', async () => {
    const trace = startTrace({ name: 'bodies' });
    const promise = Promise.resolve(7);
    expect(trace.run(() => promise)).toBe(promise);
    const error = new Error('mine');
    expect(() =>
      trace.run(() => {
        throw error;
      }),
    ).toThrow(error);
    trace.end();
    expect((await sent()).ends).toMatchObject([{ status: 'ok' }]);
  });

  test('never throws, whatever it is told', async () => {
    const hostile: object = new Proxy(
      {},
      {
        get: () => {
          throw new Error('do not look');
        },
        ownKeys: () => {
          throw new Error('do not look');
        },
      },
    );
    const odd: unknown[] = [undefined, null, 7, 'x', hostile, { name: hostile, type: 'ODD', tags: 'no' }];
    const give = (start: (options: never) => unknown, value: unknown): unknown => start(value as never);
    for (const value of odd) {
      give(startTrace, value);
      give(startObservation, value);
      const trace = startTrace({ name: 'told' });
      const step = trace.startObservation({ name: 'step' });
      give((each) => trace.startObservation(each), value);
      give((each) => trace.update(each), value);
      give((each) => step.update(each), value);
      step.end(value);
      trace.fail(value);
    }
    const { ends } = await sent();
    expect(ends.length).toBeGreaterThanOrEqual(odd.length);
  });
});

describe('while a value is read for a record', () => {
  test('nothing begins below a handle, nor below what goes on afterwards', async () => {
    const trace = startTrace({ name: 'outer' });
    const inner = traced('inner', () => 1);
    const within = traced('within', async () => {
      await Promise.resolve();
      return inner();
    });
    const started: unknown[] = [];
    const ended: Promise<number>[] = [];
    const value = {
      toJSON: () => {
        const step = trace.startObservation({ name: 'step' });
        started.push(step.id);
        step.end();
        ended.push(within());
        return 'read';
      },
    };
    trace.end(value);
    expect(new Set(await Promise.all(ended))).toEqual(new Set([1]));
    expect(new Set(started)).toEqual(new Set([undefined]));
    const { starts, ends } = await sent();
    expect(starts).toMatchObject([{ name: 'outer' }]);
    expect(ends).toMatchObject([{ output: 'read' }]);
    expect([...(await project.observations()).keys()]).toEqual([]);
  });
});

describe('without a trace', () => {
  test('an observation is of the same shape and records nothing, but what it runs may open a trace', async () => {
    const step = startObservation({ name: 'nowhere' });
    expect(step.id).toBeUndefined();
    step.update({ model: 'm' });
    step.startObservation({ name: 'below' }).end();
    step.run(() => traced('opens its own', () => undefined)());
    step.end();
    updateCurrentTrace({ name: 'nowhere' });
    const { starts, events } = await sent();
    expect(starts.map(({ name }) => name)).toEqual(['opens its own']);
    expect(events.filter(({ name }) => name !== 'opens its own')).toMatchObject([
      { event_type: 'trace_end' },
    ]);
  });

  test('while tracing is off nothing below a trace is recorded, and all of it works', async () => {
    await project.switchTo(1, false, 'told');
    await waitUntil(() => startTrace({ name: 'while on' }).id === undefined);
    const trace = startTrace({ name: 'off' });
    const step = trace.startObservation({ name: 'off too' });
    const result = trace.run(() => step.run(() => traced('off as well', () => 7)()));
    expect([result, trace.id, step.id]).toEqual([7, undefined, undefined]);
    step.fail(new Error('x'));
    trace.end();
    const names = (await sent()).events.map(({ name }) => name);
    expect(names.filter((name) => name !== 'while on')).toEqual([]);
  });

  test('nothing initialised: the same', async () => {
    await shutdown(60_000);
    const trace = startTrace({ name: 'nobody listens' });
    expect(trace.run(() => trace.startObservation({ name: 'x' }).run(() => 5))).toBe(5);
    trace.end();
    expect(trace.id).toBeUndefined();
  });
});
