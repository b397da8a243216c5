import type pg from 'pg';
import type { Expectation } from './expectation.ts';
import { type Findings, noFindings } from './findings.ts';
import { isRefused, payloadText, placeOf, readEventName, readRowId, rowId } from './planned-events.ts';
import { streamRows } from './table-stream.ts';

const PAYLOADS = `SELECT trace_id::text, observation_id::text, kind, body::text AS body
  FROM observation_payloads WHERE project_id = $1`;
const OBSERVATIONS = `SELECT trace_id::text, id::text, name IS NOT NULL AND end_time IS NOT NULL AS is_whole
  FROM observations WHERE project_id = $1`;
const TRACES = `SELECT id::text, name IS NOT NULL AND end_time IS NOT NULL AS is_whole, status::text, level::text,
  observation_count, error_count FROM traces WHERE project_id = $1`;
const DEAD_LETTERS = `SELECT encode(raw, 'escape') AS raw FROM dead_letters
  WHERE project_id IN ($1, '00000000-0000-0000-0000-000000000000')`;

const NIL_UUID = '00000000-0000-0000-0000-000000000000';
const ROWS_PER_TRACE = 8;

/**
 * Compares what producers were promised with what is in the database, row by row; knows nothing of how it got there.
 * The database must be at rest. Memory: two bytes per event and one per row.
 */
export class Checker {
  private readonly findings: Findings = noFindings();
  private readonly expectations: ReadonlyMap<number, Expectation>;
  /** Events that were found, per producer. */
  private readonly found = new Map<number, Uint8Array>();
  /** Trace and observation rows that were found, `ROWS_PER_TRACE` places for each trace, per producer. */
  private readonly rows = new Map<number, Uint8Array>();

  private constructor(expectations: readonly Expectation[]) {
    this.expectations = new Map(expectations.map((expectation) => [expectation.plan.producer, expectation]));
    for (const { plan, traces } of expectations) {
      this.found.set(plan.producer, new Uint8Array(plan.events + 1));
      this.rows.set(plan.producer, new Uint8Array(traces * ROWS_PER_TRACE));
    }
  }

  static async check(
    client: pg.Client,
    projectId: string,
    expectations: readonly Expectation[],
  ): Promise<Findings> {
    const checker = new Checker(expectations);
    for await (const row of streamRows(client, PAYLOADS, [projectId])) checker.seePayload(row);
    for await (const row of streamRows(client, OBSERVATIONS, [projectId])) checker.seeObservation(row);
    for await (const row of streamRows(client, TRACES, [projectId])) checker.seeTrace(row);
    for await (const row of streamRows(client, DEAD_LETTERS, [projectId])) checker.seeDeadLetter(row);
    for (const expectation of expectations) checker.countMissing(expectation);
    return checker.findings;
  }

  private seePayload(row: Record<string, unknown>): void {
    const text = String(row['body']);
    const name = readEventName(text);
    const expectation = name === null ? undefined : this.expectations.get(name.producer);
    if (name === null || expectation?.isPromised(name.seq) !== true || isRefused(name.seq)) {
      this.findings.unexplained++;
      return;
    }
    const { plan } = expectation;
    const { trace, observation, kind } = placeOf(name.seq);
    const place = [
      rowId(plan, trace, 0),
      observation === 0 ? NIL_UUID : rowId(plan, trace, observation),
      kind,
    ];
    const isInPlace =
      [row['trace_id'], row['observation_id'], row['kind']].join() === place.join() &&
      text === payloadText(plan, name.seq);
    if (!isInPlace) this.findings.altered++;
    else if (this.markFound(name.producer, name.seq)) this.findings.stored++;
    else this.findings.doubled++;
  }

  /** @returns whether it was found for the first time */
  private markFound(producer: number, seq: number): boolean {
    const found = this.found.get(producer);
    if (found === undefined || found[seq] === 1) return false;
    found[seq] = 1;
    return true;
  }

  private seeObservation(row: Record<string, unknown>): void {
    const key = readRowId(String(row['id']));
    const expectation = key === null ? undefined : this.expectations.get(key.producer);
    const isExpected =
      key !== null &&
      expectation !== undefined &&
      key.observation > 0 &&
      row['trace_id'] === rowId(expectation.plan, key.trace, 0) &&
      expectation.expectedRows(key.trace).has(key.observation);
    if (!isExpected) this.findings.extraRows++;
    else this.markRow(expectation, key, row['is_whole'] === true);
  }

  private seeTrace(row: Record<string, unknown>): void {
    const key = readRowId(String(row['id']));
    const expectation = key === null ? undefined : this.expectations.get(key.producer);
    if (key === null || expectation === undefined || key.observation > 0) {
      this.findings.extraRows++;
      return;
    }
    if (!expectation.expectedRows(key.trace).has(0)) this.findings.extraRows++;
    else this.markRow(expectation, key, row['is_whole'] === true);
    if (!expectation.isWhole(key.trace)) return;
    const rollup = [row['observation_count'], row['error_count'], row['level'], row['status']];
    const wanted = [expectation.expectedObservations(key.trace), 1, 'ERROR', 'ok'];
    if (rollup.join() !== wanted.join()) this.findings.wrongRollups++;
  }

  private markRow(
    expectation: Expectation,
    { trace, observation }: { trace: number; observation: number },
    hasBothHalves: boolean,
  ): void {
    const rows = this.rows.get(expectation.plan.producer);
    const at = trace * ROWS_PER_TRACE + observation;
    if (rows === undefined) return;
    if (rows[at] === 1) this.findings.doubled++;
    rows[at] = 1;
    if (!hasBothHalves && expectation.isWhole(trace)) this.findings.missingRows++;
  }

  private seeDeadLetter(row: Record<string, unknown>): void {
    const name = readEventName(String(row['raw']));
    const expectation = name === null ? undefined : this.expectations.get(name.producer);
    if (name === null || expectation?.isPromised(name.seq) !== true) this.findings.unexplained++;
    else if (!isRefused(name.seq)) this.findings.wrongDeadLetters++;
    // A broken event that was sent twice may be kept twice: once per entry.
    else if (this.markFound(name.producer, name.seq)) this.findings.refused++;
  }

  private countMissing(expectation: Expectation): void {
    const { plan, traces } = expectation;
    this.findings.promised += expectation.events;
    const found = this.found.get(plan.producer);
    const rows = this.rows.get(plan.producer);
    for (let seq = 1; seq <= plan.events; seq++) {
      if (expectation.isPromised(seq) && found?.[seq] !== 1) this.findings.lost++;
    }
    for (let trace = 0; trace < traces; trace++) {
      for (const row of expectation.expectedRows(trace)) {
        if (rows?.[trace * ROWS_PER_TRACE + row] !== 1) this.findings.missingRows++;
      }
    }
  }
}
