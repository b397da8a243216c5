import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { type InstanceStatus, type ProjectStatus } from './liveness.ts';
import { type ReportedCounters } from './reported-counters.ts';

const TEXT = { type: String, nullable: true };
const TIME = { type: String, format: 'date-time', nullable: true };
const INSTANCE_STATUSES: InstanceStatus[] = ['connected', 'late', 'disconnected'];
const PROJECT_STATUSES: ProjectStatus[] = [...INSTANCE_STATUSES, 'never', 'partial'];

export class CountersAnswer {
  @ApiPropertyOptional({ type: 'integer' }) accepted?: number;
  @ApiPropertyOptional({ type: 'integer' }) merged?: number;
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'integer' } }) dropped?: Record<
    string,
    number
  >;
  @ApiPropertyOptional({ type: 'integer' }) config_version?: number;
}

export class InstanceAnswer {
  @ApiProperty() instance_id!: string;
  @ApiProperty({ enum: INSTANCE_STATUSES, enumName: 'InstanceStatus' }) status!: InstanceStatus;
  @ApiProperty(TIME) last_seen!: string | null;
  @ApiProperty(TEXT) environment!: string | null;
  @ApiProperty(TEXT) version!: string | null;
  @ApiProperty(TEXT) sdk_version!: string | null;
  @ApiProperty(TEXT) host!: string | null;
  @ApiProperty(TIME) started_at!: string | null;
  @ApiProperty({ type: 'integer', nullable: true }) config_version!: number | null;
  @ApiProperty({ type: CountersAnswer, nullable: true }) counters!: ReportedCounters | null;
}

export class ConnectionStatusAnswer {
  @ApiProperty({ format: 'uuid' }) project_id!: string;
  @ApiProperty({ enum: PROJECT_STATUSES, enumName: 'ConnectionStatus' }) status!: ProjectStatus;
  @ApiProperty(TIME) last_seen!: string | null;
  @ApiProperty(TEXT) environment!: string | null;
  @ApiProperty(TEXT) version!: string | null;
  @ApiProperty(TEXT) sdk_version!: string | null;
  @ApiProperty({ type: 'integer', description: 'Traces started today in the project\u2019s time zone.' })
  traces_today!: number;
  @ApiProperty({
    type: [InstanceAnswer],
    description: 'Newest sign of life first; stopped ones and those silent for a day are left out.',
  })
  instances!: InstanceAnswer[];
  @ApiProperty({ format: 'date-time', description: 'The clock by which the status was decided.' })
  server_time!: string;
}
