import type { Findings } from '../oracle/findings.ts';
import type { FaultStage } from '../stage/fault-stage.ts';
import type { Scene } from '../stage/scene.ts';

/** A mistake built into the system on purpose; the checker must see what comes of it. */
export interface NegativeControl {
  readonly name: string;
  /** What the checker must report more than none of. */
  readonly shows: 'lost' | 'doubled';
  play(scene: Scene): Promise<void>;
}

const PRODUCTION = { events: 6_000, maxWaitingEntries: 100 };
const KILLS = 2;
/** Longer than a working takeover takes. */
const TAKEOVER_QUIET_MS = 10_000;

export const NEGATIVE_CONTROLS: readonly NegativeControl[] = [
  {
    name: 'acknowledged before the commit',
    shows: 'lost',
    play: (scene) => killed(scene, 'acknowledge-first.js'),
  },
  { name: 'read with NOACK', shows: 'lost', play: (scene) => killed(scene, 'no-acknowledgement.js') },
  { name: 'abandoned entries not claimed', shows: 'lost', play: withoutClaims },
  { name: 'a MAXLEN smaller than the backlog', shows: 'lost', play: withSmallMaxLength },
  { name: 'no unique key', shows: 'doubled', play: withoutUniqueKey },
];

/** @returns what the checker finds when everybody has done all they will do */
export async function playControl(stage: FaultStage, control: NegativeControl): Promise<Findings> {
  return stage.play({}, async (scene) => {
    await control.play(scene);
    return scene.check();
  });
}

async function killed(scene: Scene, preload: string): Promise<void> {
  const consumer = await scene.startReplica('wrong', { preloads: [preload] });
  scene.startProducers(PRODUCTION);
  for (let kills = 0; kills < KILLS; kills++) await consumer.killAt('before-commit');
  await scene.producersEnded();
  await scene.atStandstill({});
}

async function withoutClaims(scene: Scene): Promise<void> {
  const preloads = ['no-claims.js'];
  const first = await scene.startReplica('first', { preloads });
  scene.startProducers(PRODUCTION);
  first.leave();
  await first.killAt('after-read');
  const abandoned = await consumersWithEntries(scene);
  await scene.startReplica('second', { preloads, environment: { OBSERVABILITY_CONSUMER_NAME: 'second' } });
  await scene.producersEnded();
  await scene.atStandstill({ ignored: abandoned, quietMs: TAKEOVER_QUIET_MS });
}

async function consumersWithEntries(scene: Scene): Promise<string[]> {
  const { pending } = await scene.counts();
  return [...pending].filter(([, entries]) => entries > 0).map(([name]) => name);
}

async function withSmallMaxLength(scene: Scene): Promise<void> {
  scene.startProducers({ ...PRODUCTION, maxLength: 20 });
  await scene.producersEnded();
  await scene.startReplica('late');
  await scene.atStandstill({});
}

const DROP_KEYS = ['traces', 'observations', 'observation_payloads'].map(
  (table) => `ALTER TABLE ${table} DROP CONSTRAINT ${table}_pkey;`,
);

async function withoutUniqueKey(scene: Scene): Promise<void> {
  await scene.onDatabase((client) => client.query(DROP_KEYS.join('\n')));
  const consumer = await scene.startReplica('doubling', { preloads: ['no-unique-key.js'] });
  scene.startProducers(PRODUCTION);
  // What was committed and not acknowledged comes again.
  for (let kills = 0; kills < KILLS; kills++) await consumer.killAt('after-commit');
  await scene.producersEnded();
  await scene.atStandstill({});
}
