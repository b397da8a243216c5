import { DataSource } from 'typeorm';
import { ObservationPayload } from '../src/traces/observation-payload.entity.ts';
import { Observation } from '../src/traces/observation.entity.ts';
import { Trace } from '../src/traces/trace.entity.ts';

/** A data source as the server opens its own, with the entities of observed data. */
export function openDatabase(url: string): Promise<DataSource> {
  return new DataSource({
    type: 'postgres',
    url,
    entities: [Trace, Observation, ObservationPayload],
    extra: { options: '-c TimeZone=UTC' },
  }).initialize();
}
