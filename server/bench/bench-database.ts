import { DataSource } from 'typeorm';
import { ProjectConnection } from '../src/heartbeat/index.ts';
import { ApiKey, Project } from '../src/projects/index.ts';
import { Observation, ObservationPayload, Trace } from '../src/traces/index.ts';

/** A data source as the server opens its own, with the entities that benches read or write by. */
export function openDatabase(url: string): Promise<DataSource> {
  return new DataSource({
    type: 'postgres',
    url,
    entities: [ApiKey, Observation, ObservationPayload, Project, ProjectConnection, Trace],
    extra: { options: '-c TimeZone=UTC' },
  }).initialize();
}
