import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { heartbeatStreamKey } from '../../src/contract/index.ts';
import { ChildProgram } from '../child-program.ts';
import { ObservedProject, waitUntil } from '../observed-project.ts';

let project: ObservedProject;
beforeEach(() => {
  project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
});
afterEach(() => project.close());

const namesOf = async (): Promise<unknown[]> =>
  (await project.events()).filter(({ event_type: type }) => type === 'trace_start').map(({ name }) => name);

async function beats(): Promise<unknown[]> {
  const entries = await project.redis.xrangeBuffer(heartbeatStreamKey(project.streamName), '-', '+');
  return entries.map(([, fields]) => {
    const words = fields.map(String);
    return words[words.indexOf('status') + 1];
  });
}

describe('a process whose listener of beforeExit', () => {
  test('starts the next batch is traced to its end, and connected while it works', async () => {
    const child = ChildProgram.start('before-exit.ts', project, { args: ['starts the next batch'] });
    expect({ ...(await child.ended), errors: child.errors }).toMatchObject({ code: 0 });
    const batches = ['batch 1', 'batch 2', 'batch 3'].flatMap((name) => [name, `${name} ends`]);
    expect(await namesOf()).toEqual(['first', ...batches]);
    // Once for the first and each batch.
    expect(await beats()).toEqual(Array.from({ length: 4 }, () => ['connected', 'disconnected']).flat());
  });

  test('starts long work at once is connected while it works, though it records nothing', async () => {
    const child = ChildProgram.start('before-exit.ts', project, { args: ['starts long work'] });
    await waitUntil(async () => (await beats()).length === 3);
    expect(await beats()).toEqual(['connected', 'disconnected', 'connected']);
    child.say('end');
    expect(await child.ended).toMatchObject({ code: 0 });
    expect((await beats()).at(-1)).toBe('disconnected');
    expect(await namesOf()).toEqual(['first', 'long work']);
  });

  test.each(['records a last word', 'records many last words'])('%s ends all the same', async (way) => {
    const child = ChildProgram.start('before-exit.ts', project, { args: [way] });
    expect(await child.ended).toMatchObject({ code: 0 });
    expect(Number(child.lines.at(-1))).toBeLessThanOrEqual(3);
    expect(await namesOf()).toContain('last word');
  });

  test('finds nothing to send or to say goodbye for is called once', async () => {
    const settings = { SWISPER_STUDIO_HEARTBEAT_INTERVAL: '0', SWISPER_STUDIO_VERIFY_CONNECTIVITY: 'no' };
    const child = ChildProgram.start('before-exit.ts', project, { args: ['does nothing'], settings });
    expect(await child.ended).toMatchObject({ code: 0 });
    expect(child.lines).toEqual(['1']);
  });

  test('finds Redis gone ends after one try', async () => {
    const settings = { SWISPER_STUDIO_REDIS_URL: 'redis://127.0.0.1:9' };
    const child = ChildProgram.start('before-exit.ts', project, { args: ['records a last word'], settings });
    expect(await child.ended).toMatchObject({ code: 0 });
    expect(Number(child.lines.at(-1))).toBeLessThanOrEqual(3);
  });
});
