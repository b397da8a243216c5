import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One payload of an observation, or of the trace itself (observation id = the nil UUID), as the JSON text that was sent. */
@Entity('observation_payloads')
export class ObservationPayload {
  @PrimaryColumn('uuid', { name: 'project_id' }) projectId!: string;
  @PrimaryColumn('uuid', { name: 'trace_id' }) traceId!: string;
  @PrimaryColumn('uuid', { name: 'observation_id' }) observationId!: string;
  /** input, output, state_after, meta or error. */
  @PrimaryColumn('text') kind!: string;
  @Column('json') body!: unknown;
  /** UTF-8 length of `body`. */
  @Column('integer') bytes!: number;
  @Column('bytea') version!: Buffer;
  @Column('boolean', { default: false }) signed!: boolean;
}
