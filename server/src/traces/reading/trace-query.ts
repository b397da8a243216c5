import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsNumber, IsOptional, IsString, MaxLength, Min } from 'class-validator';
import { LEVELS, type Level, STATUSES, type Status } from 'swisper-studio/contract';
import { PageQuery } from '../../http/page.ts';
import { EventTimeField } from '../ingest/event-time-field.ts';

const FILTER_MAX_CHARS = 1_000;

/** Filters of the trace list; all that are given must match. */
export class TraceQuery extends PageQuery {
  @ApiPropertyOptional({ format: 'uuid', description: 'Required from a person; a key has its own project.' })
  @IsOptional()
  @IsString()
  project_id?: string;

  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(FILTER_MAX_CHARS) user_id?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(FILTER_MAX_CHARS) session_id?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(FILTER_MAX_CHARS) name?: string;
  @ApiPropertyOptional({ enum: STATUSES }) @IsOptional() @IsIn(STATUSES) status?: Status;
  @ApiPropertyOptional({ enum: LEVELS }) @IsOptional() @IsIn(LEVELS) level?: Level;
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(FILTER_MAX_CHARS) environment?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(FILTER_MAX_CHARS) version?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(FILTER_MAX_CHARS) tag?: string;
  @EventTimeField('Started at this time or later.') from?: string;
  @EventTimeField('Started before this time.') to?: string;

  @ApiPropertyOptional({ type: Number, minimum: 0 })
  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  min_duration_ms?: number;
}

/** The project of a request for one thing. */
export class ProjectQuery {
  @ApiPropertyOptional({ format: 'uuid', description: 'Required from a person; a key has its own project.' })
  @IsOptional()
  @IsString()
  project_id?: string;
}
