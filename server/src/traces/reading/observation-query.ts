import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { ProjectQuery } from './trace-query.ts';

/** A trace's structure is asked for at once, so its pages are larger than others. */
export const MAX_OBSERVATIONS = 10_000;

export class ObservationQuery extends ProjectQuery {
  @ApiProperty({ description: 'A UUID, or the id the application sent.' }) @IsString() trace_id!: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MAX_OBSERVATIONS, default: MAX_OBSERVATIONS })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_OBSERVATIONS)
  limit?: number;

  @ApiPropertyOptional({ description: '`next_cursor` of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  cursor?: string;
}
