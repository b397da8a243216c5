import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';

const counts = { type: 'object', additionalProperties: { type: 'integer' } } as const;
const count = { type: 'integer' } as const;
const maybeCount = { type: 'integer', nullable: true } as const;
const maybeNumber = { type: Number, nullable: true } as const;
const maybeTime = { type: String, format: 'date-time', nullable: true } as const;
const IDLE = 'Since it last asked for entries; before Redis 7.2, since it was last given some.';

/** One consumer group, with the names XINFO GROUPS gives. */
export class ConsumerGroupAnswer {
  @ApiProperty() name!: string;
  @ApiProperty(count) consumers!: number;
  @ApiProperty({ ...count, description: 'Entries delivered and not acknowledged.' }) pending!: number;
  @ApiProperty() 'last-delivered-id'!: string;
  @ApiProperty(maybeCount) 'entries-read'!: number | null;
  @ApiProperty({ ...maybeCount, description: 'Null when Redis does not know.' })
  lag!: number | null;
  @ApiProperty({ ...maybeNumber, description: `The least of its consumers\u2019. ${IDLE}` })
  idle_seconds!: number | null;
}

/** One consumer of our group. */
export class ConsumerAnswer {
  @ApiProperty() name!: string;
  @ApiProperty({ ...count, description: 'Entries given to it and not acknowledged.' }) pending!: number;
  @ApiProperty({ type: Number, description: IDLE }) idle_seconds!: number;
}

/** In entries: added = acked + waiting + lost. */
export class EpochAnswer {
  @ApiProperty({ format: 'uuid' }) epoch!: string;
  @ApiProperty({ type: String, format: 'date-time' }) started_at!: Date;
  @ApiProperty({ ...maybeTime, description: 'Null: this is the present one.' }) ended_at!: Date | null;
  @ApiProperty({ ...maybeCount, description: 'Null before Redis 7.0.' }) added!: number | null;
  @ApiProperty(count) acked!: number;
  @ApiProperty({ ...maybeCount, description: 'Null when it cannot be known.' }) waiting!: number | null;
  @ApiProperty(maybeCount) lost!: number | null;
}

/** In events: received = stored + duplicate + all rejected + all switched off. */
export class EventCountsAnswer {
  @ApiProperty(count) received!: number;
  @ApiProperty(count) stored!: number;
  @ApiProperty(count) duplicate!: number;
  @ApiProperty({ ...count, description: 'How many of the received came without a signature.' })
  unverified!: number;
  @ApiProperty({ ...counts, description: 'By reason.' }) rejected!: Record<string, number>;
  @ApiProperty({ ...counts, description: 'By reason.' }) switched_off!: Record<string, number>;
}

export class EventAccountAnswer extends EventCountsAnswer {
  @ApiProperty({ format: 'uuid', description: 'The nil UUID: refused before a project was verified.' })
  project_id!: string;
  @ApiProperty({ ...count, description: 'Numbered events that did not arrive.' }) missing!: number;
  @ApiProperty(maybeTime) missing_since!: Date | null;
}

export const WARNING_CODES = [
  'redis_no_aof',
  'redis_evicts',
  'foreign_group_idle',
  'foreign_consumer',
  'unverified_source',
  'events_missing',
] as const;
export type WarningCode = (typeof WARNING_CODES)[number];

export class PipelineWarning {
  @ApiProperty({ enum: WARNING_CODES, enumName: 'PipelineWarningCode' }) code!: WarningCode;
  @ApiProperty() message!: string;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) project_id!: string | null;
}

export class ObservabilityMetricsAnswer {
  @ApiProperty({ ...count, description: 'Entries in the stream.' }) stream_length!: number;
  @ApiProperty({ type: [ConsumerGroupAnswer] }) consumer_groups!: ConsumerGroupAnswer[];
  @ApiProperty({ type: [ConsumerAnswer] }) consumers!: ConsumerAnswer[];
  @ApiProperty({ enum: ['healthy', 'lagging'] }) status!: 'healthy' | 'lagging';
  @ApiProperty({ ...maybeCount, description: 'Entries not stored yet; null when it cannot be known.' })
  backlog_entries!: number | null;
  @ApiProperty({
    ...maybeCount,
    description: 'Events not stored yet, estimated from the oldest entries; null when it cannot be known.',
  })
  backlog_events!: number | null;
  @ApiProperty({ ...maybeNumber, description: 'Age of the oldest entry not stored yet.' })
  oldest_waiting_seconds!: number | null;
  @ApiProperty({ ...count, description: 'Memory of the stream as measured last.' }) stream_bytes!: number;
  @ApiProperty(count) stream_bytes_limit!: number;
  @ApiProperty({ description: 'SDKs drop what is new until there is room again.' }) stream_full!: boolean;
  @ApiProperty({ ...maybeNumber, description: 'Over the last minute; null when it cannot be known.' })
  entries_added_per_second!: number | null;
  @ApiProperty({ ...maybeNumber, description: 'Over the last minute; null when it cannot be known.' })
  entries_acked_per_second!: number | null;
  @ApiProperty({ ...maybeTime, description: 'To the second.' }) last_commit_at!: Date | null;
  @ApiProperty({ type: [EpochAnswer], description: 'Lives of the stream, newest first, at most 10.' })
  epochs!: EpochAnswer[];
  @ApiProperty({ ...count, description: 'Entries lost in all lives of the stream before the present one.' })
  lost_in_earlier_epochs!: number;
  @ApiProperty({ type: [EventAccountAnswer], description: 'Per project; a key sees its own.' })
  event_accounts!: EventAccountAnswer[];
  @ApiProperty({ type: [PipelineWarning] }) warnings!: PipelineWarning[];
}

export class AccountQuery {
  @ApiPropertyOptional({ format: 'uuid', description: 'Required from a person; a key has its own project.' })
  @IsOptional()
  @IsString()
  project_id?: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 2160, default: 24 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(2160)
  hours?: number;
}

export class AccountHourAnswer extends EventCountsAnswer {
  @ApiProperty({ type: String, nullable: true, description: 'Null: from no known process.' })
  instance_id!: string | null;
  @ApiProperty({ type: String, format: 'date-time', description: 'Start of the hour.' }) hour!: Date;
}

/** The numbers of one process. */
export class ProducerAnswer {
  @ApiProperty() instance_id!: string;
  @ApiProperty({ description: 'Whether its entries are signed.' }) verified!: boolean;
  @ApiProperty({ ...count, description: 'The highest number that arrived.' }) highest!: number;
  @ApiProperty({ ...maybeCount, description: 'How many numbers it gave, as its heartbeats say.' })
  announced!: number | null;
  @ApiProperty(count) missing!: number;
  @ApiProperty(maybeTime) missing_since!: Date | null;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  counters!: Record<string, unknown> | null;
  @ApiProperty({ type: String, format: 'date-time' }) updated_at!: Date;
}

export class AccountAnswer {
  @ApiProperty({ type: [AccountHourAnswer], description: 'Newest first, at most 5,000.' })
  hours!: AccountHourAnswer[];
  @ApiProperty({ type: [ProducerAnswer], description: 'Those with the most missing first, at most 500.' })
  producers!: ProducerAnswer[];
}
