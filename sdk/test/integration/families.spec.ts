import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChildProgram } from '../child-program.ts';
import { ObservedProject, waitUntil } from '../observed-project.ts';

const RUNS = 50;
const EVENTS_PER_RUN = 3;

interface Producer {
  numbers: number[];
  names: Map<unknown, number>;
}

/** By instance: the numbers its events have, and how many traces it started under each name. */
async function producers(project: ObservedProject): Promise<Producer[]> {
  const byInstance = new Map<string, Producer>();
  for (const { instanceId, seq, events } of await project.entries()) {
    const producer: Producer = byInstance.get(instanceId) ?? { numbers: [], names: new Map() };
    byInstance.set(instanceId, producer);
    events.forEach(({ header }, at) => {
      producer.numbers.push(seq + at);
      if (header['event_type'] !== 'trace_start') return;
      producer.names.set(header['name'], (producer.names.get(header['name']) ?? 0) + 1);
    });
  }
  return [...byInstance.values()];
}

const isOneToN = (numbers: readonly number[]): boolean => numbers.every((number, at) => number === at + 1);

test.each(['fork', 'cluster', 'worker', 'worker that ends by itself'])(
  'a %s is an instance of its own with numbers of its own, and its end leaves the first as it was',
  async (kind) => {
    const project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
    const program = ChildProgram.start('family.ts', project, { args: [kind] });
    expect({ ...(await program.ended), errors: program.errors }).toMatchObject({ code: 0, signal: null });
    const [first, second, ...others] = await producers(project);
    expect(others).toEqual([]);
    expect(first?.names).toEqual(
      new Map([
        ['parent before', RUNS],
        ['parent after', RUNS],
      ]),
    );
    expect(second?.names).toEqual(new Map([['child', RUNS]]));
    expect(first?.numbers).toHaveLength(2 * RUNS * EVENTS_PER_RUN);
    expect(second?.numbers).toHaveLength(RUNS * EVENTS_PER_RUN);
    expect(isOneToN(first?.numbers ?? [])).toBe(true);
    expect(isOneToN(second?.numbers ?? [])).toBe(true);
    project.close();
  },
);

test('a worker that is terminated takes nothing of the first with it', async () => {
  const project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
  const program = ChildProgram.start('family.ts', project, { args: ['worker that is terminated'] });
  expect(await program.ended).toMatchObject({ code: 0, signal: null });
  const [first] = await producers(project);
  expect(first?.names.get('parent after')).toBe(RUNS);
  expect(isOneToN(first?.numbers ?? [])).toBe(true);
  project.close();
});

test('a function that is frozen between and during its invocations loses nothing that it flushed', async () => {
  const project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
  const program = ChildProgram.start('frozen.ts', project);
  const INVOCATIONS = 4;
  for (let invocation = 1; invocation <= INVOCATIONS; invocation++) {
    program.say('invoke');
    // In the middle of the second it is frozen for longer than a command may take.
    if (invocation === 2) {
      program.kill('SIGSTOP');
      await sleep(4_000);
      program.kill('SIGCONT');
    }
    await waitUntil(() => program.lines.length === invocation);
    program.kill('SIGSTOP');
    await sleep(300);
    program.kill('SIGCONT');
  }
  program.kill('SIGTERM');
  await program.ended;
  expect(program.lines).toEqual(Array.from({ length: INVOCATIONS }, () => 'true'));
  const [only, ...others] = await producers(project);
  expect(others).toEqual([]);
  // What was under way may have arrived twice, under the same numbers.
  expect(new Set(only?.numbers).size).toBe(INVOCATIONS * 10 * EVENTS_PER_RUN);
  expect(Math.max(...(only?.numbers ?? []))).toBe(INVOCATIONS * 10 * EVENTS_PER_RUN);
  project.close();
});
