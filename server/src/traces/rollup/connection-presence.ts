import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { instanceStatus, type SignsOfLife } from '../../heartbeat/index.ts';
import { asDate, asText, type Row, rowsOf } from '../../database/sql-rows.ts';
import { type InstanceKey, instanceKeyText, type InstancePresence } from './trace-rollup.ts';

const READ = `
  SELECT c.project_id, c.instance_id, c.last_heartbeat_at, c.last_event_at, c.stopped_at, c.interval_seconds
  FROM project_connections c
  JOIN json_to_recordset($1::json) AS k("projectId" uuid, "instanceId" text)
    ON c.project_id = k."projectId" AND c.instance_id = k."instanceId"`;

/** Asks the connections which processes stopped or went silent. One that is not known there is not called gone. */
@Injectable()
export class ConnectionPresence implements InstancePresence {
  private readonly dataSource: DataSource;

  constructor(@Inject(DataSource) dataSource: DataSource) {
    this.dataSource = dataSource;
  }

  async findGone(instances: readonly InstanceKey[], now: Date): Promise<ReadonlySet<string>> {
    if (instances.length === 0) return new Set();
    const rows = rowsOf(await this.dataSource.query(READ, [JSON.stringify(instances)]));
    const gone = rows.filter((row) => instanceStatus(signsOf(row), now.getTime()) === 'disconnected');
    return new Set(gone.map((row) => instanceKeyText(keyOf(row))));
  }
}

function keyOf(row: Row): InstanceKey {
  return { projectId: asText(row['project_id']) ?? '', instanceId: asText(row['instance_id']) ?? '' };
}

function signsOf(row: Row): SignsOfLife {
  const interval = row['interval_seconds'];
  return {
    lastHeartbeatAt: asDate(row['last_heartbeat_at']),
    lastEventAt: asDate(row['last_event_at']),
    stoppedAt: asDate(row['stopped_at']),
    intervalSeconds: typeof interval === 'number' ? interval : null,
  };
}
