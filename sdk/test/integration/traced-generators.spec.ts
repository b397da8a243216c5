import { describe, expect, test } from '@jest/globals';
import { flush, shutdown, traced } from '../../src/index.ts';
import { useObservedProject } from '../use-observed-project.ts';

const project = useObservedProject();

const inner = traced('inner', async (text: string) => Promise.resolve(text));

/** Rows by name, and how many traces there are. */
async function recorded() {
  await flush();
  const events = await project.events();
  const traceIds = new Set(events.map(({ trace_id: id }) => id));
  const traceEnd = events.find(({ event_type: type }) => type === 'trace_end');
  return { rows: await project.observations(), traceIds, traceEnd };
}

async function readAll<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

async function* words(): AsyncGenerator<string> {
  yield await inner('Hello ');
  yield await inner('world');
}

describe('a traced function that returns a generator', () => {
  test('ends with it: what it calls is below, and its output is the text it yielded', async () => {
    const answer = traced('answer', words, { type: 'GENERATION' });
    const given = answer();
    await flush();
    expect((await project.observations()).get('answer')).not.toHaveProperty('end_time');
    expect(await readAll(given)).toEqual(['Hello ', 'world']);
    const { rows, traceIds, traceEnd } = await recorded();
    const row = rows.get('answer');
    expect(row).toMatchObject({ status: 'ok', output: 'Hello world', type: 'GENERATION' });
    expect(row).toHaveProperty('completion_start_time');
    expect(rows.get('inner')?.['parent_observation_id']).toBe(row?.['observation_id']);
    expect(traceIds.size).toBe(1);
    expect(traceEnd).toMatchObject({ status: 'ok', output: 'Hello world' });
  });

  test('hands back the generator itself, asynchronous, resolved to or not, and its helpers', async () => {
    const generator = words();
    expect(traced('same', () => generator)()).toBe(generator);
    expect(await readAll(generator)).toEqual(['Hello ', 'world']);
    expect(await readAll(await traced('resolved', async () => Promise.resolve(words()))())).toHaveLength(2);
    const sent: unknown[] = [];
    const numbers = traced('numbers', function* (): Generator<number, string, string | undefined> {
      sent.push(yield 1);
      try {
        yield 2;
      } catch (error) {
        sent.push(error);
      }
      yield 3;
      return 'over';
    });
    const iterator = numbers();
    expect(iterator.next('ignored')).toEqual({ done: false, value: 1 });
    expect(iterator.next('a')).toEqual({ done: false, value: 2 });
    expect(iterator.throw('b')).toEqual({ done: false, value: 3 });
    expect(iterator.next('c')).toEqual({ done: true, value: 'over' });
    expect(sent).toEqual(['a', 'b']);
    expect([...(numbers() as Iterable<number>)]).toEqual([1, 2, 3]);
    const { rows } = await recorded();
    expect(rows.get('numbers')).toMatchObject({ status: 'ok', output: [1, 2, 3] });
    expect(rows.get('numbers')).not.toHaveProperty('completion_start_time');
    expect(rows.get('same')).toMatchObject({ output: 'Hello world' });
    expect(rows.get('resolved')).toMatchObject({ output: 'Hello world' });
  });

  test('records what had come when it is left or throws', async () => {
    const left = traced('left early', words)();
    for await (const _ of left) break;
    const error = new Error('no more');
    const failing = traced('failing', async function* (): AsyncGenerator<string> {
      yield await inner('first');
      throw error;
    });
    await expect(readAll(failing())).rejects.toBe(error);
    const { rows } = await recorded();
    expect(rows.get('left early')).toMatchObject({ status: 'incomplete', output: 'Hello ' });
    expect(rows.get('failing')).toMatchObject({ level: 'ERROR', status_message: 'no more', output: 'first' });
  });

  test('keeps the values as they were, and no more of them than a payload may hold', async () => {
    const row = { step: 0, text: 'x'.repeat(1000) };
    const many = traced('many', function* (): Generator<object> {
      for (; row.step < 2000; row.step += 1) yield row;
    });
    expect([...many()]).toHaveLength(2000);
    const { rows } = await recorded();
    const meta = rows.get('many')?.['meta'];
    expect(meta).toMatchObject({ yielded: { values: 2000 } });
    const { kept } = (meta as { yielded: { kept: number } }).yielded;
    expect(kept).toBeGreaterThan(200);
    expect(kept).toBeLessThan(300);
    const [first, second] = rows.get('many')?.['output'] as { step: number }[];
    expect([first?.step, second?.step]).toEqual([0, 1]);
  });

  test('opens no traces below a trace that is left out, and none without initialisation', async () => {
    await shutdown();
    project.initialize({ sampleRate: 0.5 });
    const sampled = traced('sampled', words);
    for (let run = 0; run < 40; run += 1) await readAll(sampled());
    await flush();
    const starts = (await project.events()).filter(({ event_type: type }) => type === 'trace_start');
    expect(starts.length).toBeGreaterThan(0);
    expect(new Set(starts.map(({ name }) => name))).toEqual(new Set(['sampled']));
    await shutdown();
    const untraced = traced('off', words)();
    expect(Object.keys(Object.getOwnPropertyDescriptors(untraced))).toEqual([]);
    expect(await readAll(untraced)).toHaveLength(2);
  });
});
