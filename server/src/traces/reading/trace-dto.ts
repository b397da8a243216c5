import { ApiProperty } from '@nestjs/swagger';
import { LEVELS, OBSERVATION_TYPES, PAYLOAD_KINDS, STATUSES } from 'swisper-studio/contract';

const nullableText = { type: String, nullable: true } as const;
const nullableTime = { type: String, format: 'date-time', nullable: true } as const;
const nullableTokens = { type: 'integer', nullable: true } as const;
const nullableCost = { type: Number, nullable: true } as const;
const nullableObject = { type: 'object', additionalProperties: true, nullable: true } as const;

/** A payload without its content. */
export class PayloadAnswer {
  @ApiProperty({ enum: PAYLOAD_KINDS }) kind!: string;
  @ApiProperty({ type: 'integer', description: 'UTF-8 bytes of the JSON text.' }) bytes!: number;
}

export class TraceAnswer {
  @ApiProperty({ format: 'uuid' }) id!: string;
  @ApiProperty({ format: 'uuid' }) project_id!: string;
  @ApiProperty({ ...nullableText, description: 'The id as sent, where it was not a UUID.' })
  original_id!: string | null;
  @ApiProperty(nullableText) name!: string | null;
  @ApiProperty({ ...nullableText, description: 'Free text of the observed application.' })
  user_id!: string | null;
  @ApiProperty(nullableText) session_id!: string | null;
  @ApiProperty({ type: [String] }) tags!: string[];
  @ApiProperty(nullableText) environment!: string | null;
  @ApiProperty(nullableText) version!: string | null;
  @ApiProperty(nullableText) instance_id!: string | null;
  @ApiProperty({ format: 'date-time' }) start_time!: string;
  @ApiProperty(nullableTime) end_time!: string | null;
  @ApiProperty({ description: 'The trace never said it ended; its last root observation did.' })
  end_time_inferred!: boolean;
  @ApiProperty({ type: Number, nullable: true }) duration_ms!: number | null;
  @ApiProperty({ enum: STATUSES }) status!: string;
  @ApiProperty({ enum: LEVELS, description: 'Most severe of its own and its observations’.' }) level!: string;
  @ApiProperty(nullableText) status_message!: string | null;
  @ApiProperty({ type: 'integer' }) observation_count!: number;
  @ApiProperty({ type: 'integer' }) error_count!: number;
  @ApiProperty({ ...nullableTokens, description: 'Sum over its observations; null where none tells.' })
  input_tokens!: number | null;
  @ApiProperty(nullableTokens) output_tokens!: number | null;
  @ApiProperty({ ...nullableTokens, description: 'As reported, else input and output together.' })
  total_tokens!: number | null;
  @ApiProperty({
    ...nullableCost,
    description: 'US dollars; sum over its observations; null where none tells.',
  })
  input_cost!: number | null;
  @ApiProperty(nullableCost) output_cost!: number | null;
  @ApiProperty({ ...nullableCost, description: 'As reported, else input and output together.' })
  total_cost!: number | null;
  @ApiProperty({ format: 'date-time', description: 'When the last event of it was received.' })
  last_activity_at!: string;
  @ApiProperty({ format: 'date-time' }) received_at!: string;
  @ApiProperty({ type: [String], description: 'What was done to the data on its way in.' }) marks!: string[];
}

export class TraceDetailAnswer extends TraceAnswer {
  @ApiProperty({ type: [PayloadAnswer] }) payloads!: PayloadAnswer[];
}

export class TracePage {
  @ApiProperty({ type: [TraceAnswer] }) items!: TraceAnswer[];
  @ApiProperty(nullableText) next_cursor!: string | null;
}

export class ObservationAnswer {
  @ApiProperty({ format: 'uuid' }) id!: string;
  @ApiProperty(nullableText) original_id!: string | null;
  @ApiProperty({ format: 'uuid' }) project_id!: string;
  @ApiProperty({ format: 'uuid' }) trace_id!: string;
  @ApiProperty({ ...nullableText, format: 'uuid', description: 'May name one that never arrived.' })
  parent_observation_id!: string | null;
  @ApiProperty(nullableText) name!: string | null;
  @ApiProperty({ enum: OBSERVATION_TYPES }) type!: string;
  @ApiProperty({ format: 'date-time' }) start_time!: string;
  @ApiProperty(nullableTime) end_time!: string | null;
  @ApiProperty(nullableTime) completion_start_time!: string | null;
  @ApiProperty({ type: Number, nullable: true }) duration_ms!: number | null;
  @ApiProperty({ enum: STATUSES }) status!: string;
  @ApiProperty({ enum: LEVELS }) level!: string;
  @ApiProperty(nullableText) status_message!: string | null;
  @ApiProperty(nullableText) model!: string | null;
  @ApiProperty(nullableObject) model_parameters!: object | null;
  @ApiProperty(nullableObject) usage!: object | null;
  @ApiProperty(nullableObject) cost!: object | null;
  @ApiProperty({ type: [PayloadAnswer] }) payloads!: PayloadAnswer[];
  @ApiProperty({ type: [String] }) marks!: string[];
}

export class ObservationPage {
  @ApiProperty({ type: [ObservationAnswer] }) items!: ObservationAnswer[];
  @ApiProperty(nullableText) next_cursor!: string | null;
}
