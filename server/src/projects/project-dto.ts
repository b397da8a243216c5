import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, IsTimeZone, Max, Min, ValidateIf } from 'class-validator';
import { TextField } from '../http/text-field.ts';
import { type Project } from './project.entity.ts';

const TIME_ZONE = { message: 'time_zone must be an IANA time zone, e.g. Europe/Zurich' };
const MAX_RETENTION_DAYS = 3_650;

export class CreateProjectBody {
  @TextField({ max: 100 }) name!: string;
  @TextField({ min: 0, max: 2000, optional: 'nullable' }) description?: string | null;
  @TextField({ max: 50, optional: 'nullable' }) environment?: string | null;

  @ApiPropertyOptional({ default: 'UTC', example: 'Europe/Zurich' })
  @IsOptional()
  @IsTimeZone(TIME_ZONE)
  time_zone?: string;
}

export class UpdateProjectBody {
  @TextField({ max: 100, optional: 'absent' }) name?: string;
  @TextField({ min: 0, max: 2000, optional: 'nullable' }) description?: string | null;
  @TextField({ max: 50, optional: 'nullable' }) environment?: string | null;

  @ApiPropertyOptional({ example: 'Europe/Zurich' })
  @ValidateIf((_: object, value: unknown) => value !== undefined)
  @IsTimeZone(TIME_ZONE)
  time_zone?: string;

  @ApiPropertyOptional({ description: 'Whether unsigned stream entries are refused.' })
  @ValidateIf((_: object, value: unknown) => value !== undefined)
  @IsBoolean()
  require_signature?: boolean;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_RETENTION_DAYS,
    nullable: true,
    description: 'Days a trace is kept after its last event; null: for ever.',
  })
  @ValidateIf((_: object, value: unknown) => value !== undefined && value !== null)
  @IsInt()
  @Min(1)
  @Max(MAX_RETENTION_DAYS)
  retention_days?: number | null;
}

export class ProjectAnswer {
  @ApiProperty({ format: 'uuid' }) id!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ type: String, nullable: true }) description!: string | null;
  @ApiProperty({ type: String, nullable: true }) environment!: string | null;
  @ApiProperty({ example: 'UTC' }) time_zone!: string;
  @ApiProperty() tracing_enabled!: boolean;
  @ApiProperty({ type: 'integer', description: 'Rises with every change of the switch.' })
  tracing_version!: number;
  @ApiProperty() require_signature!: boolean;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the first valid signed entry came.',
  })
  signed_since!: string | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Days a trace is kept after its last event; null: for ever.',
  })
  retention_days!: number | null;
  @ApiProperty({ format: 'date-time' }) created_at!: string;
  @ApiProperty({ format: 'date-time' }) updated_at!: string;
}

export class ProjectPage {
  @ApiProperty({ type: [ProjectAnswer] }) items!: ProjectAnswer[];
  @ApiProperty({ type: String, nullable: true }) next_cursor!: string | null;
}

export function projectAnswer(project: Project): ProjectAnswer {
  return {
    id: project.id,
    name: project.name,
    description: project.description,
    environment: project.environment,
    time_zone: project.timeZone,
    tracing_enabled: project.tracingEnabled,
    tracing_version: Number(project.tracingVersion),
    require_signature: project.requireSignature,
    signed_since: project.signedSince?.toISOString() ?? null,
    retention_days: project.retentionDays,
    created_at: project.createdAt.toISOString(),
    updated_at: project.updatedAt.toISOString(),
  };
}
