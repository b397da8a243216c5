import { eventually } from '../../harness/eventually.ts';
import { fact, type Figure, mustBe, mustHold } from '../figures.ts';
import type { Findings } from '../oracle/findings.ts';
import type { Accounts } from '../oracle/accounts.ts';
import type { Scenario } from '../scenario.ts';
import type { Scene } from '../stage/scene.ts';

const EVENTS_PER_ENTRY = 50;
const MAX_LENGTH = 60;

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
  scene.startProducers({ events: 20_000, maxLength: MAX_LENGTH, resendEvery: 0 });
  consumer.leave();
  await consumer.killAt('after-read');
  scene.limitTo(20_000);
  await scene.producersEnded();
  consumer.bringBack();
  await scene.atRest();
  const findings = await scene.check();
  // What was lost is known a moment after the last entry was stored.
  const accounts = await eventually(
    () => scene.accounts(findings.lost),
    ({ problems }) => problems.length === 0,
    30_000,
  ).catch(() => scene.accounts(findings.lost));
  return { findings, accounts };
}
