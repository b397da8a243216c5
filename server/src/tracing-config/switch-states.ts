import { Injectable } from '@nestjs/common';
import { DataSource, MoreThan } from 'typeorm';
import { NIL_UUID } from '../kernel/uuid.ts';
import { Project } from '../projects/index.ts';
import { type SwitchState } from './tracing-publisher.ts';

/** Projects read in one query. */
const PAGE = 1_000;

const COLUMNS = { id: true, tracingEnabled: true, tracingVersion: true, requireSignature: true } as const;

type SwitchColumns = Pick<Project, keyof typeof COLUMNS>;

const stateOf = ({ id, tracingEnabled, tracingVersion, requireSignature }: SwitchColumns): SwitchState => ({
  projectId: id,
  version: Number(tracingVersion),
  enabled: tracingEnabled,
  requireSignature,
});

/** The switch of every project, and what was read last for the time the database is away. */
@Injectable()
export class SwitchStates {
  private readonly dataSource: DataSource;
  private last: readonly SwitchState[] = [];

  constructor(dataSource: DataSource) {
    this.dataSource = dataSource;
  }

  /** Deleted projects too: theirs is off, and processes of theirs may still run. */
  async read(): Promise<readonly SwitchState[]> {
    const states: SwitchState[] = [];
    for (let after = NIL_UUID; ;) {
      const projects = await this.dataSource.getRepository(Project).find({
        select: COLUMNS,
        where: { id: MoreThan(after) },
        order: { id: 'ASC' },
        take: PAGE,
      });
      states.push(...projects.map(stateOf));
      const last = projects.at(-1);
      if (last === undefined || projects.length < PAGE) break;
      after = last.id;
    }
    this.last = states;
    return states;
  }

  /** Of one project, a deleted one too; undefined: there never was one, or nothing is left of it. */
  async readOne(projectId: string): Promise<SwitchState | undefined> {
    const project = await this.dataSource
      .getRepository(Project)
      .findOne({ select: COLUMNS, where: { id: projectId } });
    return project === null ? undefined : stateOf(project);
  }

  /** As `read`; while the database is away, what was read last: nobody can turn a switch meanwhile. */
  async recall(): Promise<readonly SwitchState[]> {
    try {
      return await this.read();
    } catch {
      return this.last;
    }
  }
}
