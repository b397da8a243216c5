import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsDefined, IsInt, IsISO8601, IsObject, IsOptional, Max, Min } from 'class-validator';
import { ID_MAX_CHARS } from 'swisper-studio/contract';
import { TextField } from '../http/text-field.ts';
import { IsMoment } from '../http/time-text.ts';

export class HeartbeatBody {
  @ApiProperty({ format: 'uuid' })
  @IsDefined()
  project_id!: string;

  @TextField({ max: ID_MAX_CHARS, optional: 'nullable', description: 'Default: `default`.' })
  instance_id?: string | null;

  @TextField({ max: 20, description: '`disconnected` is a goodbye; anything else is a sign of life.' })
  status!: string;

  @ApiProperty({ format: 'date-time', description: 'The sender\u2019s clock; the server\u2019s decides.' })
  @IsISO8601()
  @IsMoment()
  timestamp!: string;

  @TextField({ min: 0, max: 50, optional: 'nullable' }) environment?: string | null;
  @TextField({ min: 0, max: 100, optional: 'nullable' }) version?: string | null;
  @TextField({ min: 0, max: 50, optional: 'nullable' }) sdk_version?: string | null;
  @TextField({ min: 0, max: 255, optional: 'nullable' }) host?: string | null;

  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true })
  @IsOptional()
  @IsISO8601()
  @IsMoment()
  started_at?: string | null;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 86_400, nullable: true })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(86_400)
  interval_seconds?: number | null;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, nullable: true })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  beat_no?: number | null;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  @IsOptional()
  @IsObject()
  counters?: object | null;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, nullable: true })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  config_version?: number | null;
}

export class HeartbeatAnswer {
  @ApiProperty({ enum: ['ok'] }) status!: 'ok';
  @ApiProperty({ format: 'uuid' }) project_id!: string;
  @ApiProperty({ enum: ['Heartbeat received'] }) message!: 'Heartbeat received';
  @ApiProperty({ type: 'integer' }) config_version!: number;
  @ApiProperty() tracing_enabled!: boolean;
}
