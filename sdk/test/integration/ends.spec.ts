import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:net';
import { ChildProgram } from '../child-program.ts';
import { ObservedProject, waitUntil } from '../observed-project.ts';

/** Their 900 events are more than the 800 that are written at once, and few for the two seconds that an end may take. */
const RUNS = 300;
let project: ObservedProject;
beforeEach(() => {
  project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
});
afterEach(() => project.close());

/** Runs of which every event is there; the numbers have no holes, or `events` throws. */
async function storedRuns(): Promise<number> {
  for (let turn = 0; turn < 50; turn++) await project.redis.ping();
  const events = await project.events();
  return events.filter(({ event_type: type, name }) => type === 'trace_start' && name === 'run').length;
}

describe('a process that ends', () => {
  test.each([
    ['by itself', 3],
    ['by process.exit after a shutdown', 5],
  ])('%s loses nothing and keeps its exit code', async (way, code) => {
    const child = ChildProgram.start('ends.ts', project, { args: [way, 'connected', String(RUNS)] });
    expect(await child.ended).toMatchObject({ code, signal: null });
    expect(await storedRuns()).toBe(RUNS);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('by %s loses nothing and dies by it', async (signal) => {
    const child = ChildProgram.start('ends.ts', project, {
      args: ['by a signal', 'connected', String(RUNS)],
    });
    await child.said('recorded');
    child.kill(signal);
    expect(await child.ended).toMatchObject({ code: null, signal });
    expect(await storedRuns()).toBe(RUNS);
  });

  test.each([
    ['by a signal that it handles', 7],
    ['by a signal that it handles later', 0],
  ])('%s loses nothing and keeps its exit code', async (way, code) => {
    const child = ChildProgram.start('ends.ts', project, { args: [way, 'connected', String(RUNS)] });
    await child.said('recorded');
    child.kill('SIGTERM');
    expect(await child.ended).toMatchObject({ code, signal: null });
    expect(await storedRuns()).toBe(RUNS);
  });

  test('by a signal that a polite library handles is not kept alive by waiting for each other', async () => {
    const args = ['by a signal that a polite library handles'];
    const child = ChildProgram.start('ends.ts', project, { args });
    await child.said('recorded');
    child.kill('SIGTERM');
    expect(await child.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
  });

  test.each([
    ['by process.exit', 4],
    ['by an exception', 1],
    ['by a rejection', 1],
  ])(
    '%s keeps its exit code, and loses nothing of the last moment where Redis is connected',
    async (way, code) => {
      const child = ChildProgram.start('ends.ts', project, { args: [way, 'connected', String(RUNS)] });
      expect(await child.ended).toMatchObject({ code, signal: null });
      if (code === 1) expect(child.errors).toContain('nobody');
      // Of all its events what is written at once. Redis may not have read the last of it yet.
      await waitUntil(async () => (await project.events()).length >= 800);
    },
  );
});

describe('a process with nothing to send is not held', () => {
  /** The documented two seconds, and one more. */
  const MOST_MS = 3_000;

  test('with Redis there, with nobody there, and with a server that never answers', async () => {
    // Reads, or it would never notice that the other side has gone.
    const silent = createServer((socket) => socket.resume().on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    for (const settings of [
      {},
      { SWISPER_STUDIO_REDIS_URL: 'redis://127.0.0.1:9' },
      { SWISPER_STUDIO_REDIS_URL: `redis://127.0.0.1:${port}`, SWISPER_STUDIO_URL: 'http://127.0.0.1:9' },
      { SWISPER_STUDIO_URL: `http://127.0.0.1:${port}` },
      { SWISPER_STUDIO_REDIS_URL: '', SWISPER_STUDIO_URL: `http://127.0.0.1:${port}` },
    ]) {
      const child = ChildProgram.start('idle.ts', project, { settings });
      expect(await child.ended).toMatchObject({ code: 0, signal: null });
      expect(Number(child.lines[0])).toBeLessThan(MOST_MS);
    }
    silent.close();
  });
});
