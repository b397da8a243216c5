import { setTimeout as sleep } from 'node:timers/promises';
import { ADVISORY_LOCKS } from '../../../src/database/advisory-locks.ts';
import type { ConsumerPoint } from '../../../src/stream-consumer/consumer-diagnostics.ts';
import { eventually } from '../../harness/eventually.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { EventPump } from '../stage/event-pump.ts';
import type { Replica } from '../stage/replica.ts';
import { EVENTS_PER_ENTRY, type Production, type Scene } from '../stage/scene.ts';

export interface ChaosPlan {
  readonly production: Production;
  readonly consumerKills: number;
  readonly redisKills: number;
  readonly postgresStops: number;
  readonly random: SeededRandom;
  /** Told about every fault when it has been overcome. */
  readonly say: (line: string) => void;
}

export interface ChaosReport {
  /** ms from the spawn of a process that follows a killed one to its first commit. */
  readonly recoveriesMs: number[];
  /** Smallest number of events that waited when a fault struck. */
  readonly leastInFlight: number;
}

/** Faults strike while at least this many events wait, unless that does not come about in time. */
const IN_FLIGHT = 5_000;
const IN_FLIGHT_WAIT_MS = 15_000;
const MOST_CLAIM_ROUNDS = 5;
const HELD_NAMES = `SELECT FROM pg_locks
  WHERE locktype = 'advisory' AND granted AND classid = ${String(ADVISORY_LOCKS.consumerSlot)}
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
const POINTS: readonly ConsumerPoint[] = ['after-read', 'before-commit', 'after-commit', 'after-ack'];

type Fault =
  | { kind: 'kill at'; point: ConsumerPoint }
  | { kind: 'kill while it claims' }
  | { kind: 'kill at random' }
  | { kind: 'Redis killed' }
  | { kind: 'PostgreSQL stopped at once' };

/** Two consumers and everything around them are killed, one after the other, while producers send. */
export class Chaos {
  private readonly scene: Scene;
  private readonly plan: ChaosPlan;
  private readonly consumers: Replica[] = [];
  private readonly report = { recoveriesMs: new Array<number>(), leastInFlight: Infinity };

  private constructor(scene: Scene, plan: ChaosPlan) {
    this.scene = scene;
    this.plan = plan;
  }

  /** Resolves when all faults have struck and everything sent is stored. */
  static async play(scene: Scene, plan: ChaosPlan): Promise<ChaosReport> {
    const chaos = new Chaos(scene, plan);
    await chaos.run();
    return chaos.report;
  }

  private async run(): Promise<void> {
    const { scene, plan } = this;
    for (const name of ['one', 'two']) this.consumers.push(await scene.startReplica(name));
    const faults = plan.random.shuffled(plannedFaults(plan));
    const pump = new EventPump(scene, plan.production, IN_FLIGHT);
    pump.start();
    try {
      for (const consumer of this.consumers) await consumer.hasCommitted();
      for (const [index, fault] of faults.entries()) {
        pump.raiseTo((plan.production.events * (index + 1)) / (faults.length + 1));
        await this.underLoad();
        await this.timed(fault, `${String(index + 1)}/${String(faults.length)}`);
      }
      await pump.finish();
    } finally {
      pump.stop();
    }
    await scene.atRest();
  }

  private async timed(fault: Fault, number: string): Promise<void> {
    const startedAt = performance.now();
    await this.strike(fault);
    const name = fault.kind === 'kill at' ? `kill ${fault.point}` : fault.kind;
    const ms = String(Math.round(performance.now() - startedAt));
    this.plan.say(`${number} ${name}: over after ${ms} ms, ${String(this.scene.acknowledged())} events sent`);
  }

  private async underLoad(): Promise<void> {
    const { scene, plan } = this;
    const inFlight = async (): Promise<number> =>
      (await scene.counts()).waiting * (plan.production.eventsPerEntry ?? EVENTS_PER_ENTRY);
    const enough = eventually(inFlight, (events) => events >= IN_FLIGHT, IN_FLIGHT_WAIT_MS);
    const waiting = await enough.catch(() => inFlight());
    this.report.leastInFlight = Math.min(this.report.leastInFlight, waiting);
  }

  private async strike(fault: Fault): Promise<void> {
    const { stage } = this.scene;
    switch (fault.kind) {
      case 'kill at':
        return this.killOne((victim) => victim.killAt(fault.point));
      case 'kill at random':
        return this.killOne(async (victim) => {
          await sleep(this.plan.random.between(0, 500));
          await victim.kill();
        });
      case 'kill while it claims':
        return this.killWhileClaiming();
      case 'Redis killed':
        await stage.redis.killAndRestart(this.plan.random.between(0, 1_000));
        return this.committedSince(Date.now());
      case 'PostgreSQL stopped at once':
        await stage.postgres.restartImmediately();
        return this.committedSince(Date.now());
    }
  }

  private async killOne(kill: (victim: Replica) => Promise<unknown>): Promise<void> {
    const victim = this.plan.random.pick(this.consumers);
    await kill(victim);
    await this.recovered(victim);
  }

  /** One dies with entries in hand and stays away; the other dies the moment it takes them over. */
  private async killWhileClaiming(): Promise<void> {
    const [first, second] = this.plan.random.shuffled(this.consumers);
    if (first === undefined || second === undefined) return;
    for (let round = 0; round < MOST_CLAIM_ROUNDS; round++) {
      if (await this.bothDied(first, second)) return;
    }
    throw new Error('Each time the second one died before the first');
  }

  /** @returns whether the second one died after the first: one that was only slow may have been taken for dead */
  private async bothDied(first: Replica, second: Replica): Promise<boolean> {
    await this.haveNamesOfTheirOwn();
    // Told before the first dies: by the time its death is seen here, the second may have taken over already.
    const claiming = second.killAt('after-claim');
    claiming.catch(() => undefined);
    first.leave();
    const { end: firstEnd } = await first.killAt('after-read');
    const { end: secondEnd } = await claiming.finally(() => first.bringBack());
    await this.recovered(first);
    await this.recovered(second);
    return (secondEnd?.atMs ?? NaN) >= (firstEnd?.atMs ?? NaN);
  }

  /** For a moment after PostgreSQL was away, one may finish what was in the other's hands. */
  private async haveNamesOfTheirOwn(): Promise<void> {
    const names = (): Promise<number> =>
      this.scene.onDatabase(async (client) => (await client.query(HELD_NAMES)).rowCount ?? 0);
    await eventually(names, (held) => held === this.consumers.length, 600_000);
  }

  private async recovered(victim: Replica): Promise<void> {
    await victim.hasCommitted();
    const { spawnedAtMs, moments } = victim.life;
    this.report.recoveriesMs.push((moments.first('after-commit') ?? NaN) - spawnedAtMs);
  }

  private async committedSince(ms: number): Promise<void> {
    const last = (): number =>
      Math.max(...this.consumers.map(({ life }) => life.moments.last('after-commit') ?? 0));
    await eventually(last, (committedMs) => committedMs > ms, 600_000);
  }
}

function plannedFaults(plan: ChaosPlan): Fault[] {
  const kills = Array.from({ length: plan.consumerKills }, (_, index): Fault => {
    const point = POINTS[index % (POINTS.length + 2)];
    if (point !== undefined) return { kind: 'kill at', point };
    // A kill while claiming takes two lives.
    return index % (POINTS.length + 2) === POINTS.length
      ? { kind: 'kill at random' }
      : { kind: 'kill while it claims' };
  });
  return [
    ...kills,
    ...new Array<Fault>(plan.redisKills).fill({ kind: 'Redis killed' }),
    ...new Array<Fault>(plan.postgresStops).fill({ kind: 'PostgreSQL stopped at once' }),
  ];
}
