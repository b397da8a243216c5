import { describe, expect, test } from '@jest/globals';
import { runInNewContext } from 'node:vm';
import { flush, shutdown, traced, updateCurrentObservation } from '../../src/index.ts';
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

  test('keeps values whole, as many as fit, and of a text as much as fits', async () => {
    const row = { text: 'x'.repeat(10_000) };
    const rows = traced('rows', function* (): Generator<object> {
      for (let step = 0; step < 40; step += 1) yield row;
    });
    expect([...rows()]).toHaveLength(40);
    const chunks = traced('chunks', function* (): Generator<string> {
      for (let step = 0; step < 30_000; step += 1) yield '0123456789';
    });
    expect([...chunks()]).toHaveLength(30_000);
    const recordedRows = (await recorded()).rows;
    const kept = recordedRows.get('rows')?.['output'] as unknown[];
    expect(kept.length).toBeGreaterThan(20);
    expect(kept).toEqual(kept.map(() => row));
    expect(recordedRows.get('rows')).toMatchObject({ meta: { yielded: { values: 40, kept: kept.length } } });
    const text = String(recordedRows.get('chunks')?.['output']);
    expect(text.slice(0, 20)).toBe('01234567890123456789');
    expect(text.length).toBeGreaterThan(250_000);
    expect(text.length).toBeLessThan(300_000);
  });

  test('keeps texts as one where what comes after them does not fit', async () => {
    const begin = 'begin '.repeat(1000);
    const mixed = traced('mixed', function* (): Generator<unknown> {
      yield '';
      yield begin;
      yield { rest: 'x'.repeat(300_000) };
      yield 'end';
    });
    expect([...mixed()]).toHaveLength(4);
    const { rows } = await recorded();
    expect(rows.get('mixed')).toMatchObject({ meta: { yielded: { values: 4, kept: 2 } } });
    const output = String(rows.get('mixed')?.['output']);
    expect(output.length).toBeGreaterThan(5000);
    expect(begin.startsWith(output)).toBe(true);
  });

  test('shows no half of a secret, which is masked and redacted before anything is cut', async () => {
    await shutdown();
    project.initialize({ redact: ['emails'], maxFieldBytes: 2048 });
    const row = { text: `${'x '.repeat(495)}john.smith@example.org ${'y '.repeat(2000)}` };
    const large = traced('large', function* (): Generator<object> {
      yield row;
    });
    expect([...large()]).toHaveLength(1);
    const long = traced('long', function* (): Generator<string> {
      for (let step = 0; step < 254; step += 1) yield 'abc def ';
      yield 'john.smith';
      yield '@example.org';
    });
    expect([...long()]).toHaveLength(256);
    const { rows } = await recorded();
    expect(JSON.stringify(rows.get('large')?.['output'])).toContain('x x x');
    expect(String(rows.get('long')?.['output']).length).toBeGreaterThan(1000);
    expect(JSON.stringify(await project.events())).not.toContain('john');
    await shutdown();
    project.renew();
    const mask = (value: unknown): unknown => (JSON.stringify(value).includes('org y') ? 'hidden' : value);
    project.initialize({ mask, maxFieldBytes: 2048 });
    expect([...large()]).toHaveLength(1);
    expect((await recorded()).rows.get('large')).toMatchObject({ output: 'hidden' });
  });

  test('ends once, whatever is asked of the generator afterwards, with the output it was given', async () => {
    await shutdown();
    let outputs = 0;
    const mask = (value: unknown, { part }: { part: string }): unknown => {
      if (part === 'output') outputs += 1;
      return value;
    };
    project.initialize({ mask });
    const iterator = traced('over', function* (): Generator<number> {
      yield 1;
    })();
    expect([...iterator]).toEqual([1]);
    expect(outputs).toBe(1);
    iterator.return(undefined);
    iterator.next();
    expect(() => iterator.throw(new Error('late'))).toThrow('late');
    expect(outputs).toBe(1);
    const failing = traced('failing', function* (): Generator<string> {
      updateCurrentObservation({ output: 'said' });
      yield 'partial';
      throw new Error('no more');
    });
    expect(() => [...failing()]).toThrow('no more');
    const { rows } = await recorded();
    expect(rows.get('over')).toMatchObject({ status: 'ok', output: [1] });
    expect(rows.get('failing')).toMatchObject({ status_message: 'no more', output: 'said' });
  });

  test('may be of another realm', async () => {
    const foreign = runInNewContext(
      '(async function* () { yield 1; yield 2; })',
    ) as () => AsyncIterable<number>;
    expect(await readAll(traced('foreign', foreign)())).toEqual([1, 2]);
    expect((await recorded()).rows.get('foreign')).toMatchObject({ status: 'ok', output: [1, 2] });
  });

  test('opens no traces below a trace that is left out, and none without initialisation', async () => {
    await shutdown();
    project.initialize({ sampleRate: 0.5 });
    const sampled = traced('sampled', words);
    const resolved = traced('resolved', async () => Promise.resolve(words()));
    for (let run = 0; run < 40; run += 1) {
      await readAll(sampled());
      await readAll(await resolved());
    }
    await flush();
    const starts = (await project.events()).filter(({ event_type: type }) => type === 'trace_start');
    expect(starts.length).toBeGreaterThan(0);
    expect(new Set(starts.map(({ name }) => name))).toEqual(new Set(['sampled', 'resolved']));
    await shutdown();
    const untraced = traced('off', words)();
    expect(Object.keys(Object.getOwnPropertyDescriptors(untraced))).toEqual([]);
    expect(await readAll(untraced)).toHaveLength(2);
  });
});
