import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';
import { TextField } from '../http/text-field.ts';
import { type TracingChange } from './tracing-change.entity.ts';

const MAX_WAIT_SECONDS = 25;

export class TurnTracingBody {
  @ApiProperty()
  @IsBoolean()
  tracing_enabled!: boolean;

  @TextField({ min: 0, max: 500, optional: 'nullable', description: 'Why; kept in the history.' })
  reason?: string | null;
}

export class TurnTracingAnswer {
  @ApiProperty({ enum: ['ok'] }) status!: 'ok';
  @ApiProperty() tracing_enabled!: boolean;
  @ApiProperty({ enum: ['Tracing enabled for project', 'Tracing disabled for project'] }) message!: string;
  @ApiProperty({ type: 'integer' }) version!: number;
  @ApiProperty({ description: 'Redis holds it now. False: it is saved and will be published within 30 s.' })
  applied!: boolean;
}

export class TracingConfigQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    description: 'Answer 304 unless there is a newer one.',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  version?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: MAX_WAIT_SECONDS,
    description: 'Seconds to wait for a newer one than `version` at most; default 0.',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(MAX_WAIT_SECONDS)
  wait?: number;
}

export class TracingConfigAnswer {
  @ApiProperty({ type: 'integer' }) version!: number;
  @ApiProperty() enabled!: boolean;
  @ApiProperty({ description: 'The stream is full: new events would be dropped.' }) full!: boolean;
  @ApiProperty({ format: 'date-time' }) updated_at!: string;
  @ApiProperty({ type: String, nullable: true }) changed_by!: string | null;
  @ApiProperty({ type: String, nullable: true }) reason!: string | null;
  @ApiProperty({ description: 'The stream this server reads: an SDK that names another is never heard.' })
  stream_name!: string;
  @ApiProperty({ example: '0.1.0' }) server_version!: string;
}

export class TracingChangeAnswer {
  @ApiProperty({ type: 'integer' }) version!: number;
  @ApiProperty() tracing_enabled!: boolean;
  @ApiProperty({ format: 'date-time' }) changed_at!: string;
  @ApiProperty({ type: String, nullable: true }) changed_by!: string | null;
  @ApiProperty({ type: String, nullable: true }) reason!: string | null;
}

export class TracingHistoryPage {
  @ApiProperty({ type: [TracingChangeAnswer] }) items!: TracingChangeAnswer[];
  @ApiProperty({ type: String, nullable: true }) next_cursor!: string | null;
}

export function tracingChangeAnswer(change: TracingChange): TracingChangeAnswer {
  return {
    version: Number(change.version),
    tracing_enabled: change.tracingEnabled,
    changed_at: change.changedAt.toISOString(),
    changed_by: change.changedBy,
    reason: change.reason,
  };
}
