import { NIL_UUID } from '../../src/kernel/uuid.ts';
import type { EntryFields } from '../hostile-corpus/hostile-entry.ts';
import { entryFields, signedBy } from '../hostile-corpus/hostile-entry.ts';
import { type HostileRow, type Owner, type RowContext, traceHeader } from '../hostile-corpus/hostile-row.ts';
import { IngestRig, type RigProject, type Row } from './ingest-rig.ts';

/** What became of one row of the corpus. */
export interface HostileOutcome {
  /** Ids of the projects a dead letter of it may be kept under. */
  readonly owners: Readonly<Record<Owner, string>>;
  /** The observation it made, else the trace; null where there is none. */
  readonly row: Row | null;
  /** The input that is stored for it. */
  readonly payload: string | null;
  readonly deadLetters: readonly Row[];
}

const TRACES = `
  SELECT t.id, t.session_id AS tag, t.original_id, t.name, t.user_id, t.tags, t.environment, t.version,
    t.instance_id, t.marks, p.body::text AS payload
  FROM traces t LEFT JOIN observation_payloads p ON p.project_id = t.project_id AND p.trace_id = t.id
    AND p.observation_id = '00000000-0000-0000-0000-000000000000' AND p.kind = 'input'`;
const OBSERVATIONS = `
  SELECT trace_id, model AS tag, original_id, name, type, level::text, reported_status, status_message,
    parent_observation_id, usage, cost, model_parameters, marks FROM observations`;

/** Puts the corpus through the consumer, each row between good neighbours, and finds out what became of it. */
export class HostileRun {
  /** Traces of the good entries between the rows. */
  readonly betweenEntries: string[] = [];
  private readonly rig: IngestRig;
  private readonly projects: Omit<RowContext, 'project' | 'trace' | 'tag' | 'instance' | 'nowMs' | 'stream'>;
  private readonly unsigned: readonly [RigProject, RigProject];
  private seq = 0;

  private constructor(
    rig: IngestRig,
    projects: HostileRun['projects'],
    unsigned: readonly [RigProject, RigProject],
  ) {
    this.rig = rig;
    this.projects = projects;
    this.unsigned = unsigned;
  }

  static async start(): Promise<HostileRun> {
    const rig = await IngestRig.start();
    const make = () => rig.createProject();
    const projects = {
      signed: await make(),
      foreign: await make(),
      revoked: await make(),
      expired: await make(),
      lasting: await make(),
      deleted: await make(),
    };
    const keySql = (change: string) => `UPDATE api_keys SET ${change} WHERE key_id = $1`;
    await rig.query(keySql(`revoked_at = now() - interval '1 hour'`), [projects.revoked.keyId]);
    await rig.query(keySql(`expires_at = now() - interval '1 hour'`), [projects.expired.keyId]);
    const inAnHour = `expires_at = now() + interval '1 hour', revoked_at = now() + interval '1 hour'`;
    await rig.query(keySql(inAnHour), [projects.lasting.keyId]);
    await rig.query('UPDATE projects SET deleted_at = now() WHERE id = $1', [projects.deleted.id]);
    return new HostileRun(rig, projects, [await make(), await make()]);
  }

  /** Id of a row's trace: tells its place in the corpus. */
  traceOf(index: number): string {
    return `${index.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
  }

  /** Everything is on the stream before the first is read, so that rows and neighbours share batches. */
  async outcomesOf(corpus: readonly HostileRow[]): Promise<HostileOutcome[]> {
    const replayed = await this.addGood(this.projects.signed, 'of the signed project');
    const entryIds: string[] = [];
    for (const [index, row] of corpus.entries()) {
      entryIds.push(await this.add(row.fields(this.contextOf(index))));
      await this.addGood(this.projectOf(index), 'between');
    }
    await this.add(replayed);
    this.rig.consume();
    await this.rig.drained(600_000);
    return this.read(corpus, entryIds);
  }

  private projectOf(index: number): RigProject {
    return this.unsigned[index % 2 === 0 ? 0 : 1];
  }

  private contextOf(index: number): RowContext {
    const tag = `row-${String(index).padStart(4, '0')}`;
    const { stream } = this.rig;
    const own = { trace: this.traceOf(index), tag, instance: `process of ${tag}`, nowMs: Date.now() };
    return { ...this.projects, ...own, stream, project: this.projectOf(index) };
  }

  private async add(fields: EntryFields): Promise<string> {
    return String(await this.rig.redis.call('XADD', this.rig.stream, '*', ...fields.flat()));
  }

  /** A good entry of one trace, signed for the signed project. @returns what was put on the stream */
  private async addGood(project: RigProject, name: string): Promise<EntryFields> {
    const trace = this.traceOf(0xf000_0000 + this.seq++);
    const c = { ...this.contextOf(0), project, trace, instance: `good ${String(this.seq)}` };
    const fields = entryFields(c, [{ header: traceHeader(c, { name, session_id: undefined }) }]);
    const isSigned = project.id === this.projects.signed.id;
    const sent = isSigned ? signedBy(project, this.rig.stream, fields) : fields;
    await this.add(sent);
    this.betweenEntries.push(trace);
    return sent;
  }

  private async read(corpus: readonly HostileRow[], entryIds: readonly string[]): Promise<HostileOutcome[]> {
    const traces = await this.rig.query(TRACES);
    const observations = await this.rig.query(OBSERVATIONS);
    const letters = await this.rig.query(
      'SELECT entry_id, event_index, reason, project_id FROM dead_letters ORDER BY event_index',
    );
    return corpus.map((_, index) => {
      const { trace, tag, project } = this.contextOf(index);
      const made = traces.find((row) => row['tag'] === tag || row['id'] === trace) ?? null;
      const step = observations.find((row) => row['tag'] === tag || row['trace_id'] === trace);
      const deadLetters = letters
        .filter(({ entry_id }) => entry_id === entryIds[index])
        .map(({ event_index, reason, project_id }) => ({ event_index, reason, project_id }));
      const payload = typeof made?.['payload'] === 'string' ? made['payload'] : null;
      const owners = { project: project.id, signed: this.projects.signed.id, nobody: NIL_UUID };
      return { owners, row: step ?? made, payload, deadLetters };
    });
  }

  /** Those of the good traces that are not there as they were sent. */
  async missingOf(traces: readonly string[]): Promise<string[]> {
    const rows = await this.rig.query(`SELECT id FROM traces WHERE marks = '{}' AND id = ANY($1)`, [traces]);
    const there = new Set(rows.map(({ id }) => id));
    return traces.filter((trace) => !there.has(trace));
  }

  /** Whether a further entry is stored, and the consumer has nothing to complain of. */
  async isAlive(): Promise<boolean> {
    await this.addGood(this.unsigned[0], 'afterwards');
    await this.rig.drained();
    return this.rig.failure === null && (await this.missingOf(this.betweenEntries)).length === 0;
  }

  /** The first trace of the signed project, and how many rows the project has beside it. */
  async untouched(): Promise<Row> {
    const [first] = this.betweenEntries;
    const [row] = await this.rig.query(
      `SELECT name, marks, (SELECT count(*)::int - 1 FROM traces WHERE project_id = $1) AS rows
       FROM traces WHERE project_id = $1 AND id = $2`,
      [this.projects.signed.id, first],
    );
    return row ?? {};
  }

  close(): Promise<void> {
    return this.rig.close();
  }
}
