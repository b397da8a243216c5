import { ApiProperty } from '@nestjs/swagger';

/** One consumer group, with the names XINFO GROUPS gives. */
export class ConsumerGroupAnswer {
  @ApiProperty() name!: string;
  @ApiProperty({ type: 'integer' }) consumers!: number;
  @ApiProperty({ type: 'integer', description: 'Entries delivered and not acknowledged.' }) pending!: number;
  @ApiProperty() 'last-delivered-id'!: string;
  @ApiProperty({ type: 'integer', nullable: true }) 'entries-read'!: number | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Null when Redis does not know.' })
  lag!: number | null;
}

export class ObservabilityMetricsAnswer {
  @ApiProperty({ type: 'integer', description: 'Entries in the stream.' }) stream_length!: number;
  @ApiProperty({ type: [ConsumerGroupAnswer] }) consumer_groups!: ConsumerGroupAnswer[];
  @ApiProperty({ enum: ['healthy', 'lagging'] }) status!: 'healthy' | 'lagging';
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Events not stored yet, estimated from the oldest entries; null when it cannot be known.',
  })
  backlog_events!: number | null;
  @ApiProperty({ type: Number, nullable: true, description: 'Age of the oldest entry not stored yet.' })
  oldest_waiting_seconds!: number | null;
}
