import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { PageQuery } from '../../http/page.ts';
import { LETTER_STATES, type LetterState } from './dead-letter-selection.ts';
import { RAW_FORMATS, type RawFormat } from '../decoding/raw-bytes.ts';
import { REPLAY_OUTCOMES, type ReplayOutcome } from './letter-outcome.ts';

/** Dead letters of one request. */
export const MAX_LETTERS = 1_000;
const REASON = { pattern: /^[a-z_]{1,50}$/, message: '$property must be a reason, e.g. bad_signature' };
const ID = {
  pattern: /^[0-9a-fA-F-]{36}\.\d{1,20}-\d{1,20}\.(?:-1|\d{1,9})$/,
  message: '$property must be ids of dead letters',
};
const UNVERIFIED = 'The nil UUID stands for entries nobody vouches for: unknown projects, wrong signatures.';

const isSent = (_: object, value: unknown): boolean => value !== undefined;

export class DeadLetterQuery extends PageQuery {
  @ApiPropertyOptional({ format: 'uuid', description: `A key has its own project. ${UNVERIFIED}` })
  @IsOptional()
  @IsString()
  project_id?: string;

  @ApiPropertyOptional({ example: 'invalid_json' })
  @IsOptional()
  @Matches(REASON.pattern, { message: REASON.message })
  reason?: string;

  @ApiPropertyOptional({ enum: LETTER_STATES, description: 'Without it, both.' })
  @IsOptional()
  @IsIn(LETTER_STATES)
  state?: LetterState;
}

export class DeadLetterCountsQuery {
  @ApiPropertyOptional({ format: 'uuid', description: `A key has its own project. ${UNVERIFIED}` })
  @IsOptional()
  @IsString()
  project_id?: string;
}

export class DeadLetterFilterBody {
  @ApiPropertyOptional({ format: 'uuid', description: UNVERIFIED })
  @ValidateIf(isSent)
  @IsUUID('loose')
  project_id?: string;

  @ApiPropertyOptional({ example: 'unknown_project' })
  @ValidateIf(isSent)
  @Matches(REASON.pattern, { message: REASON.message })
  reason?: string;
}

/** Either `ids` or `filter`; an empty filter matches all. */
export class LetterSelectionBody {
  @ApiPropertyOptional({ type: [String], maxItems: MAX_LETTERS })
  @ValidateIf(isSent)
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_LETTERS)
  @ArrayUnique()
  @IsString({ each: true })
  @Matches(ID.pattern, { each: true, message: ID.message })
  ids?: string[];

  @ApiPropertyOptional({ type: DeadLetterFilterBody })
  @ValidateIf(isSent)
  // A list of filters would be one without conditions, which matches all.
  @IsObject()
  @ValidateNested()
  @Type(() => DeadLetterFilterBody)
  filter?: DeadLetterFilterBody;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MAX_LETTERS, default: MAX_LETTERS })
  @ValidateIf(isSent)
  @IsInt()
  @Min(1)
  @Max(MAX_LETTERS)
  limit?: number;
}

export class ReplayBody extends LetterSelectionBody {
  @ApiPropertyOptional({ default: false, description: 'Says what would become of each, and stores nothing.' })
  @ValidateIf(isSent)
  @IsBoolean()
  dry_run?: boolean;

  @ApiPropertyOptional({ description: '`next_cursor` of the answer before, to go on with a filter.' })
  @ValidateIf(isSent)
  @IsString()
  @MaxLength(500)
  cursor?: string;
}

export class LastReplayAnswer {
  @ApiProperty({ enum: REPLAY_OUTCOMES, enumName: 'ReplayOutcome' }) outcome!: string;
  @ApiProperty({ format: 'date-time' }) at!: string;
  @ApiProperty({ description: 'E-mail address of the person.' }) by!: string;
}

export class DeadLetterAnswer {
  @ApiProperty({ example: '00000000-0000-0000-0000-000000000000.1763690000000-0.-1' }) id!: string;
  @ApiProperty({ format: 'uuid', description: UNVERIFIED }) project_id!: string;
  @ApiProperty({ description: 'Redis id of the stream entry.' }) entry_id!: string;
  @ApiProperty({ type: 'integer', description: 'Position in the entry; -1 for the entry as a whole.' })
  event_index!: number;
  @ApiProperty({ example: 'invalid_json' }) reason!: string;
  @ApiProperty({ type: String, nullable: true }) detail!: string | null;
  @ApiProperty({ format: 'date-time', description: 'When the entry reached Redis.' }) received_at!: string;
  @ApiProperty({ format: 'date-time', description: 'When it was refused.' }) created_at!: string;
  @ApiProperty({ type: 'integer', description: 'Size before the cut.' }) raw_bytes!: number;
  @ApiProperty({ type: 'integer', description: 'Size of what was kept.' }) kept_bytes!: number;
  @ApiProperty({
    description: 'Whether a replay can be tried: all its bytes are there, and it is not stored.',
  })
  can_replay!: boolean;
  @ApiProperty({ type: LastReplayAnswer, nullable: true }) last_replay!: LastReplayAnswer | null;
}

export class DeadLetterPage {
  @ApiProperty({ type: [DeadLetterAnswer] }) items!: DeadLetterAnswer[];
  @ApiProperty({ type: String, nullable: true }) next_cursor!: string | null;
}

export class ValuePreviewAnswer {
  @ApiProperty({ description: 'Name of the field, or kind of the payload.' }) name!: string;
  @ApiProperty({ type: 'integer' }) bytes!: number;
  @ApiProperty({ type: String, nullable: true }) text!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Where it is no UTF-8.' }) base64!: string | null;
  @ApiProperty({ description: 'Whether there is more of it than is shown.' }) is_cut!: boolean;
}

export class DeadLetterPreviewAnswer {
  @ApiProperty({ type: [ValuePreviewAnswer], nullable: true, description: 'Of an entry.' })
  fields!: ValuePreviewAnswer[] | null;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, description: 'Of an event.' })
  header!: object | null;
  @ApiProperty({ type: [ValuePreviewAnswer], nullable: true, description: 'Of an event.' })
  payloads!: ValuePreviewAnswer[] | null;
  @ApiProperty({ type: String, nullable: true, description: 'Where it can be read as neither.' })
  text!: string | null;
}

export class DeadLetterDetailAnswer extends DeadLetterAnswer {
  @ApiProperty({
    enum: RAW_FORMATS,
    nullable: true,
    description:
      'How the raw bytes are written. `entry`: each field as name and value, each after its length (u32 BE). ' +
      '`event`: a line of JSON, then the payloads. Null: kept by an earlier version.',
  })
  raw_format!: RawFormat | null;
  @ApiProperty({ type: DeadLetterPreviewAnswer }) preview!: DeadLetterPreviewAnswer;
}

export class ReasonCountAnswer {
  @ApiProperty({ example: 'bad_signature' }) reason!: string;
  @ApiProperty({ type: 'integer', description: 'Kept, and not stored yet.' }) waiting!: number;
  @ApiProperty({ type: 'integer', description: 'Kept, and stored by a replay.' }) replayed!: number;
  @ApiProperty({ type: 'integer' }) kept_bytes!: number;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) newest_at!: string | null;
  @ApiProperty({ type: 'integer', description: 'Refused, and not kept because too many came at once.' })
  not_kept!: number;
  @ApiProperty({ type: 'integer', description: 'Removed because there were more than the project may have.' })
  purged!: number;
}

export class DeadLetterCountsAnswer {
  @ApiProperty({ type: [ReasonCountAnswer] }) items!: ReasonCountAnswer[];
}

export class LetterOutcomeAnswer {
  @ApiProperty() id!: string;
  @ApiProperty({ enum: REPLAY_OUTCOMES, enumName: 'ReplayOutcome' }) outcome!: ReplayOutcome;
  @ApiProperty({ type: String, nullable: true, description: 'Of what is still refused, or skipped.' })
  reason!: string | null;
  @ApiProperty({ type: String, nullable: true }) detail!: string | null;
  @ApiProperty({ type: 'integer' }) events_stored!: number;
  @ApiProperty({ type: 'integer', description: 'Of a stored entry: they are dead letters of their own now.' })
  events_refused!: number;
}

export class ReplayAnswer {
  @ApiProperty({ format: 'uuid', description: 'Of the record under `/dead-letters/replays`.' })
  replay_id!: string;
  @ApiProperty() dry_run!: boolean;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'Dead letters by outcome.',
  })
  counts!: Record<string, number>;
  @ApiProperty({ type: [LetterOutcomeAnswer] }) items!: LetterOutcomeAnswer[];
  @ApiProperty({ type: String, nullable: true }) next_cursor!: string | null;
  @ApiProperty({ type: 'integer', description: 'That match the filter and come after these.' })
  remaining!: number;
}

export class DeleteLettersAnswer {
  @ApiProperty({ type: 'integer' }) deleted!: number;
  @ApiProperty({ type: 'integer', description: 'That match the filter and are still there.' })
  remaining!: number;
}

export class ReplayRecordAnswer {
  @ApiProperty({ format: 'uuid' }) id!: string;
  @ApiProperty({ format: 'date-time' }) at!: string;
  @ApiProperty({ description: 'E-mail address of the person.' }) by!: string;
  @ApiProperty() dry_run!: boolean;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: '`ids` or `filter`, as asked for.',
  })
  selection!: object;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    nullable: true,
    description: 'Dead letters by outcome; null while it runs, or when it was cut short.',
  })
  counts!: Record<string, number> | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) finished_at!: string | null;
}

export class ReplayRecordPage {
  @ApiProperty({ type: [ReplayRecordAnswer] }) items!: ReplayRecordAnswer[];
  @ApiProperty({ type: String, nullable: true }) next_cursor!: string | null;
}
