import { Injectable } from '@nestjs/common';
import { DataSource, MoreThan } from 'typeorm';
import { NIL_UUID } from '../kernel/uuid.ts';
import { Project } from '../projects/index.ts';
import { type SwitchState } from './tracing-publisher.ts';

/** Projects read in one query. */
const PAGE = 1_000;

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
        select: { id: true, tracingEnabled: true, tracingVersion: true, requireSignature: true },
        where: { id: MoreThan(after) },
        order: { id: 'ASC' },
        take: PAGE,
      });
      for (const { id, tracingEnabled, tracingVersion, requireSignature } of projects) {
        const version = Number(tracingVersion);
        states.push({ projectId: id, version, enabled: tracingEnabled, requireSignature });
      }
      const last = projects.at(-1);
      if (last === undefined || projects.length < PAGE) break;
      after = last.id;
    }
    this.last = states;
    return states;
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
