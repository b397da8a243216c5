import type { Figure } from './figures.ts';
import { fact, mustBe, mustHold } from './figures.ts';
import { FAILINGS } from './oracle/findings.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { FaultStage } from './stage/fault-stage.ts';
import type { Scene } from './stage/scene.ts';

export interface ScenarioContext {
  readonly stage: FaultStage;
  readonly random: SeededRandom;
  /** Events of the long run; the others take what they need. */
  readonly events: number;
  /** Events per second where the scenario asks for a rate. */
  readonly eventsPerSecond: number;
  readonly say: (line: string) => void;
}

/** One kind of trouble, and what must hold through it. */
export interface Scenario {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  play(context: ScenarioContext): Promise<Figure[]>;
}

/** The figures every scenario that may lose nothing ends with. The system must be at rest. */
export async function safetyFigures(scene: Scene): Promise<Figure[]> {
  const findings = await scene.check();
  const { entries, events, problems } = await scene.accounts(0);
  return [
    fact('events promised', findings.promised),
    fact('stored', findings.stored),
    fact('duplicates received', events.duplicate),
    fact('sent broken, kept as dead letters', findings.refused),
    ...FAILINGS.map((name) => mustBe(LABELS[name], findings[name], 0)),
    mustHold(
      'entry account: added = acked + waiting + lost',
      `${String(entries.added)} = ${String(entries.acked)} + ${String(entries.waiting)} + ${String(entries.lost)}`,
      'exact, 0 lost',
      entries.added === entries.acked + entries.waiting && entries.lost === 0,
    ),
    mustHold('event account', problems.join('; ') || 'exact', 'exact', problems.length === 0),
  ];
}

const LABELS: Record<(typeof FAILINGS)[number], string> = {
  lost: 'lost events',
  altered: 'altered or misplaced payloads',
  unexplained: 'unexplained payloads and dead letters',
  missingRows: 'missing or half rows',
  extraRows: 'extra rows',
  doubled: 'doubled rows',
  wrongRollups: 'wrong roll-ups',
  wrongDeadLetters: 'dead letters of good events',
};
