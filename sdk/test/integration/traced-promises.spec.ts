import { describe, expect, test } from '@jest/globals';
import { flush, traced } from '../../src/index.ts';
import { observeOpenAI } from '../../src/openai/index.ts';
import { ChildProgram } from '../child-program.ts';
import { useObservedProject } from '../use-observed-project.ts';

const project = useObservedProject();

/** A promise as some clients return it. */
function cancellable(): Promise<string> & { cancel: () => void } {
  let cancel = (): void => undefined;
  const promise = new Promise<string>((resolve) => (cancel = () => resolve('cancelled')));
  return Object.assign(promise, { cancel });
}

class Job extends Promise<string> {
  readonly id = 7;
}

describe('a promise that has more than a promise', () => {
  test('is handed back by a traced function, and its end is recorded', async () => {
    const given = cancellable();
    const returned = traced('cancellable', () => given)();
    expect(returned).toBe(given);
    returned.cancel();
    expect(await returned).toBe('cancelled');
    const job = Job.resolve('done');
    expect(traced('job', () => job)()).toBe(job);
    await job;
    const failing = Object.assign(Promise.reject(new Error('no')), { attempts: 2 });
    expect(traced('failing', () => failing)()).toBe(failing);
    await expect(failing).rejects.toThrow('no');
    await flush();
    const rows = await project.observations();
    expect(rows.get('cancellable')).toMatchObject({ status: 'ok', output: 'cancelled' });
    expect(rows.get('job')).toMatchObject({ status: 'ok', output: 'done' });
    expect(rows.get('failing')).toMatchObject({
      event_type: 'observation',
      level: 'ERROR',
      status_message: 'no',
    });
  });

  test('is handed back by an observed client too', async () => {
    const given = cancellable();
    const client = observeOpenAI({ embeddings: { create: (_body: object) => given } });
    const returned = client.embeddings.create({ model: 'm', input: 'x' });
    expect(returned).toBe(given);
    returned.cancel();
    await returned;
    await flush();
    expect((await project.observations()).get('openai.embeddings')).toMatchObject({ status: 'ok' });
  });
});

test('a rejection that nobody handles is reported as before, but of a promise that is handed back itself', async () => {
  const program = ChildProgram.start('rejections.ts', project);
  expect({ ...(await program.ended), errors: program.errors }).toMatchObject({ code: 0 });
  expect([...program.lines].sort()).toEqual([
    'job, left out',
    'plain, left out',
    'plain, recorded',
    'within a domain, left out',
    'within a domain, recorded',
  ]);
});
