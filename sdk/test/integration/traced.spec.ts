import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  flush,
  getCurrentTraceId,
  publishEvent,
  shutdown,
  Traced,
  traced,
  updateCurrentObservation,
} from '../../src/index.ts';
import { useObservedProject } from '../use-observed-project.ts';

const project = useObservedProject();

const traces = async () => {
  await flush(60_000);
  return (await project.events()).filter(
    ({ event_type }) => event_type === 'trace_start' || event_type === 'trace_end',
  );
};

describe('a traced function', () => {
  test('opens a trace when it is the outermost, and nests otherwise, across awaits and in parallel', async () => {
    const leaf = traced(
      'leaf',
      async (n: number) => {
        await new Promise((resolve) => setTimeout(resolve, 5 * n));
        return n * 2;
      },
      { type: 'TOOL' },
    );
    const branch = traced('branch', (n: number) => leaf(n));
    const root = traced('root', async (...ns: number[]) => Promise.all(ns.map((n) => branch(n))));
    expect(await root(1, 2, 3)).toEqual([2, 4, 6]);
    expect(await traces()).toMatchObject([
      { name: 'root', input: [1, 2, 3] },
      { status: 'ok', output: [2, 4, 6] },
    ]);
    const rows = new Map<unknown, { name: unknown; parent: unknown; input: unknown; output: unknown }>();
    for (const event of await project.events()) {
      const { observation_id: id, name, parent_observation_id: parent, input, output } = event;
      if (id === undefined) continue;
      const before = rows.get(id);
      rows.set(id, {
        name: name ?? before?.name,
        parent: parent ?? before?.parent,
        input: input ?? before?.input,
        output: output ?? before?.output,
      });
    }
    const leaves = [...rows.values()].filter(({ name }) => name === 'leaf');
    expect(leaves.map(({ output }) => output)).toEqual([2, 4, 6]);
    for (const { parent, input } of leaves) {
      const above = rows.get(parent);
      expect(above).toMatchObject({ name: 'branch', input });
      expect(rows.get(above?.parent)).toMatchObject({ name: 'root' });
    }
  });

  test('passes this, arguments, results and errors on unchanged, synchronous or not', async () => {
    const error = new RangeError('no');
    const holder = {
      base: 2,
      add: traced('add', function (this: { base: number }, n: number) {
        return this.base + n;
      }),
    };
    expect(holder.add(3)).toBe(5);
    expect(() =>
      traced('sync', () => {
        throw error;
      })(),
    ).toThrow(error);
    await expect(traced('async', async () => Promise.reject(error))()).rejects.toBe(error);
    expect(holder.add.length).toBe(1);
    const ends = (await traces()).filter(({ event_type }) => event_type === 'trace_end');
    expect(ends.map(({ status }) => status)).toEqual(['ok', 'error', 'error']);
    expect(ends[1]).toMatchObject({ level: 'ERROR', status_message: 'no' });
  });

  test('does not start what a lazy thenable would do, and hands it back', async () => {
    let runs = 0;
    const query = { then: (done: (rows: number) => void) => done((runs += 1)) };
    expect(traced('query', () => query)()).toBe(query);
    expect(runs).toBe(0);
    await flush(60_000);
  });

  test('hands back a promise whose then throws', () => {
    class Broken extends Promise<number> {
      override then(): never {
        throw new Error('not now');
      }
    }
    const broken = new Broken(() => undefined);
    expect(traced('f', () => broken)()).toBe(broken);
  });

  test('can say more about itself while it runs', async () => {
    await traced(
      'llm',
      async () => {
        updateCurrentObservation({ model: 'm-1', usage: { input: 3, output: 4 }, meta: { a: 1 } });
        await Promise.resolve();
        updateCurrentObservation({
          level: 'WARNING',
          statusMessage: 'slow',
          meta: { b: 2 },
          modelParameters: { temperature: 0 },
        });
      },
      { type: 'GENERATION' },
    )();
    await flush(60_000);
    expect((await project.observations()).get('llm')).toMatchObject({
      event_type: 'observation',
      type: 'GENERATION',
      model: 'm-1',
      usage: { input: 3, output: 4 },
      meta: { a: 1, b: 2 },
      level: 'WARNING',
      status_message: 'slow',
      model_parameters: { temperature: 0 },
      status: 'ok',
    });
    expect(() => updateCurrentObservation({ model: 'x' })).not.toThrow();
  });

  test('runs as before when nothing was initialised', async () => {
    await shutdown(60_000);
    expect(traced('f', (n: number) => n + 1)(1)).toBe(2);
    expect(getCurrentTraceId()).toBeUndefined();
    publishEvent('trace_start', { traceId: 't' });
  });
});

describe('the decorator', () => {
  test('records methods under their own or a given name', async () => {
    class Agent {
      private readonly greeting = 'hello';
      @Traced()
      greet(name: string): string {
        return `${this.greeting} ${name}`;
      }
      @Traced('think', { type: 'AGENT' })
      run(name: string): Promise<string> {
        return Promise.resolve(this.greet(name));
      }
    }
    expect(await new Agent().run('you')).toBe('hello you');
    await flush(60_000);
    const rows = await project.observations();
    expect(rows.get('think')).toMatchObject({ type: 'AGENT', input: 'you', output: 'hello you' });
    expect(rows.get('greet')?.['parent_observation_id']).toBe(rows.get('think')?.['observation_id']);
  });
});

describe('publishEvent', () => {
  test('sends headers and payloads as the protocol has them, with a time', async () => {
    const traceId = randomUUID();
    publishEvent('trace_start', { traceId, data: { name: 'by hand', user_id: 'u', input: { a: 1n } } });
    publishEvent('trace_end', { traceId, data: { end_time: new Date(0), output: undefined } });
    await flush(60_000);
    expect(await project.events()).toEqual([
      {
        seq: 1,
        event_type: 'trace_start',
        trace_id: traceId,
        name: 'by hand',
        user_id: 'u',
        timestamp: expect.stringMatching(/Z$/) as unknown,
        input: { a: '1' },
      },
      { seq: 2, event_type: 'trace_end', trace_id: traceId, end_time: '1970-01-01T00:00:00.000000Z' },
    ]);
  });

  test('gives up the largest payloads of an event that is over its cap, and stays under the server’s limit', async () => {
    await shutdown(60_000);
    project.initialize({ maxEventBytes: 8 * 1024 * 1024, maxFieldBytes: 8 * 1024 * 1024 });
    const input = '"'.repeat(3_000_000);
    publishEvent('trace_start', { traceId: 'large', data: { name: 'n', input, meta: 'small' } });
    publishEvent('observation_end', {
      traceId: 'large',
      observationId: 'o',
      data: { output: input, state_after: 'x'.repeat(5_000_000) },
    });
    await flush(60_000);
    const [, end] = await project.events();
    expect(end).toMatchObject({
      output: { $cut: { path: '$', bytes: 6_000_002 } },
      cuts: [{ kind: 'output', path: '$', bytes: 6_000_002 }],
    });
    expect(await project.events()).toMatchObject([{ meta: 'small', input }, {}]);
  });

  test('counts what cannot be sent and never throws', async () => {
    for (const wrong of ['nonsense', undefined, null, 7]) {
      const publish: (type: never, event: { traceId: string }) => void = publishEvent;
      publish(wrong as never, { traceId: 't' });
    }
    publishEvent('trace_start', { traceId: '' });
    publishEvent('trace_start', { traceId: 'ok' });
    await flush(60_000);
    const [entry] = await project.entries();
    expect(entry?.counters).toMatchObject({ accepted: 6, dropped: { invalid: 5 } });
  });
});

describe('values that throw when they are looked at', () => {
  const throwing = (): never => {
    throw new Error('do not look');
  };
  const untouchable = new Proxy(new Error('x'), { get: throwing, has: throwing, getPrototypeOf: throwing });
  const unreadable: Error = Object.defineProperty(new Error('x'), 'message', { get: throwing });

  test('reach the caller, and the trace ends', async () => {
    expect(traced('returns', () => untouchable)() === untouchable).toBe(true);
    for (const thrown of [untouchable, unreadable]) {
      let caught: unknown;
      try {
        traced('throws', () => {
          throw thrown;
        })();
      } catch (error) {
        caught = error;
      }
      expect(caught === thrown).toBe(true);
    }
    const ends = (await traces()).filter(({ event_type }) => event_type === 'trace_end');
    expect(ends.map(({ status }) => status)).toEqual(['ok', 'error', 'error']);
    const observed = (await project.events()).filter(({ observation_id }) => observation_id !== undefined);
    expect(observed.map(({ end_time }) => typeof end_time)).toEqual(['string', 'string', 'string']);
  });

  test('a wrong time or level in an update does not cost the observation its end', async () => {
    traced('updated', () => {
      updateCurrentObservation({ completionStartTime: new Date(NaN) });
      updateCurrentObservation(JSON.parse('{"level":"bad","model":"m"}') as object);
    })();
    await traces();
    const updated = (await project.observations()).get('updated');
    expect(updated).toMatchObject({ status: 'ok', model: 'm' });
    expect(updated).not.toHaveProperty('level');
    expect(updated).not.toHaveProperty('completion_start_time');
  });
});
