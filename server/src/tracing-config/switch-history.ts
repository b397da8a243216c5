/** One turn of a project's switch. */
export interface SwitchTurn {
  /** From when it holds, ms since 1970 by Redis' clock. */
  readonly fromMs: number;
  readonly isOn: boolean;
}

/** When tracing of a project was on and when it was off, by Redis' clock. */
export class SwitchHistory {
  /** A project whose switch was never turned. */
  static readonly alwaysOn = new SwitchHistory([]);

  private readonly turns: readonly SwitchTurn[];

  /** @param turns oldest first; the oldest ones may be left out, since before a turn was the opposite */
  constructor(turns: readonly SwitchTurn[]) {
    this.turns = turns;
  }

  /** The last turn up to that time decides. */
  isOnAt(ms: number): boolean {
    const turn = this.turns.findLast(({ fromMs }) => fromMs <= ms);
    return turn?.isOn ?? this.isOnAtFirst;
  }

  /** Whether tracing was off at any time from `fromMs` on, up to now. */
  wasOffSince(fromMs: number): boolean {
    return !this.isOnAt(fromMs) || this.turns.some((turn) => !turn.isOn && turn.fromMs > fromMs);
  }

  private get isOnAtFirst(): boolean {
    const [first] = this.turns;
    return first === undefined || !first.isOn;
  }
}
