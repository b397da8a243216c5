import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { IngestRig } from './ingest-rig.ts';

const MB = 1024 * 1024;
let rig: IngestRig;
beforeEach(async () => {
  rig = await IngestRig.start();
});
afterEach(() => rig.close());

test('a burst of large entries behind small ones comes in answers that are bounded in bytes', async () => {
  for (let n = 0; n < 100; n++) await rig.add(['small', 'x']);
  for (let n = 0; n < 40; n++) await rig.add(['large', 'x'.repeat(MB)]);
  const reader = rig.openReader('rig');
  await reader.ensureGroup();
  const answers: number[][] = [];
  for (;;) {
    const { entries } = await reader.readNew({ entries: 2_000, bytes: 4 * MB }, 50);
    if (entries.length === 0) break;
    answers.push(entries.map(({ bytes }) => bytes));
  }
  expect(answers.flat()).toHaveLength(140);
  // The limit, and the eight entries of the step that passes it.
  for (const sizes of answers) expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(13 * MB);
});

test('an answer holds no more entries than asked for', async () => {
  for (let n = 0; n < 30; n++) await rig.add(['small', 'x']);
  const reader = rig.openReader('rig');
  await reader.ensureGroup();
  expect((await reader.readNew({ entries: 1, bytes: MB }, 50)).entries).toHaveLength(1);
  expect((await reader.readNew({ entries: 20, bytes: MB }, 50)).entries).toHaveLength(20);
  expect((await reader.readNew({ entries: 20, bytes: MB }, 50)).entries).toHaveLength(9);
});

test('how often entries were handed out is known of each, however many others in hand lie between them', async () => {
  const between = 2_100;
  await rig.redis.eval(
    `for n = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'small', 'x') end`,
    1,
    rig.stream,
    String(between + 2),
  );
  const reader = rig.openReader('rig');
  await reader.ensureGroup();
  const inHand = [];
  while (inHand.length < between + 2) {
    inHand.push(...(await reader.readNew({ entries: 5_000, bytes: MB }, 50)).entries);
  }
  await reader.readOwnPending('0', 5_000);
  const [first, last] = [inHand[0], inHand.at(-1)];
  if (first === undefined || last === undefined) throw new Error('All of them were read');
  const deliveries = await reader.countDeliveries([first, last]);
  expect([deliveries.get(first.id), deliveries.get(last.id)]).toEqual([2, 2]);
});
