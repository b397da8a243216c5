import { eventually } from '../../harness/eventually.ts';
import { fact, type Figure, mustBe, mustHold } from '../figures.ts';
import type { Findings } from '../oracle/findings.ts';
import type { Accounts } from '../oracle/accounts.ts';
import type { Scenario } from '../scenario.ts';
import { EVENTS_PER_ENTRY, type Scene } from '../stage/scene.ts';

const MAX_LENGTH = 60;
const EVENTS = 20_000;
/** Sent by each of two producers when the consumer is back: fewer entries than would be trimmed. */
const LAST_EVENTS = 500;

export const fuse: Scenario = {
  name: 'fuse',
  title: 'MAXLEN trims unread and pending entries: the reported loss is the true one',
  play: ({ stage }) =>
    stage.play({}, async (scene): Promise<Figure[]> => {
      const { findings, accounts } = await trimUnderBacklog(scene);
      const { lost } = findings;
      return [
        fact('events promised', findings.promised),
        mustHold('events truly lost', String(lost), '> 0', lost > 0),
        mustBe('events reported missing', accounts.events.missing, lost),
        mustBe('entries reported lost', accounts.entries.lost, lost / EVENTS_PER_ENTRY),
        mustHold(
          'both accounts',
          accounts.problems.join('; ') || 'exact',
          'exact',
          accounts.problems.length === 0,
        ),
        mustBe('doubled rows', findings.doubled, 0),
        mustBe('extra rows', findings.extraRows, 0),
        mustBe('unexplained payloads and dead letters', findings.unexplained, 0),
      ];
    }),
};

/** A consumer dies with entries in hand and stays away while a short MAXLEN pushes entries out, read and unread ones. */
export async function trimUnderBacklog(scene: Scene): Promise<{ findings: Findings; accounts: Accounts }> {
  const consumer = await scene.startReplica('trimmed');
  await consumer.answersReady();
  scene.limitTo(1_500);
  // A resent copy may outlive the first one: then entries are lost and events are not. Here they are to be comparable.
  scene.startProducers({ events: EVENTS, maxLength: MAX_LENGTH, resendEvery: 0 });
  consumer.leave();
  await consumer.killAt('after-read');
  scene.limitTo(EVENTS / 2 - LAST_EVENTS);
  await eventually(() => scene.acknowledged() >= EVENTS - 2 * LAST_EVENTS, Boolean, 600_000);
  consumer.bringBack();
  await scene.atRest();
  // A loss at the very end of what a producer sent shows when it sends on.
  scene.limitTo(EVENTS);
  await scene.producersEnded();
  await scene.atRest();
  const findings = await scene.check();
  // What was lost is known a moment after the last entry was stored.
  const accounts = await eventually(
    () => scene.accounts(findings.lost),
    ({ problems }) => problems.length === 0,
    300_000,
  ).catch(() => scene.accounts(findings.lost));
  return { findings, accounts };
}
