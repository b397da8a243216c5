import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsObject, IsOptional, IsString, Max, Min, registerDecorator } from 'class-validator';
import { ENTRY_MAX_EVENTS, EVENT_TYPES, ID_MAX_CHARS } from 'swisper-studio/contract';
import { EventTimeField, isObservedId, isServerInstance } from '../../traces/index.ts';

const MAX_NUMBER = Number.MAX_SAFE_INTEGER - ENTRY_MAX_EVENTS;

function IsProducerInstance(): PropertyDecorator {
  return (target, propertyKey) =>
    registerDecorator({
      name: 'isProducerInstance',
      target: target.constructor,
      propertyName: String(propertyKey),
      options: { message: '$property must be 1 to 200 printable characters and not of the form http-<uuid>' },
      validator: {
        validate: (id: unknown) => typeof id === 'string' && isObservedId(id) && !isServerInstance(id),
      },
    });
}

const NumberField = (min: number, description: string): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: 'integer', minimum: min, description }),
    IsOptional(),
    IsInt(),
    Min(min),
    Max(MAX_NUMBER),
  );

/** Shape of one event, for the document: an event is judged by the rules of the stream, one by one. */
export class SentEventBody {
  @ApiProperty({ enum: EVENT_TYPES }) event_type!: string;
  @ApiPropertyOptional({ maxLength: ID_MAX_CHARS }) trace_id?: string;
  @ApiPropertyOptional({ maxLength: ID_MAX_CHARS }) observation_id?: string;
  @ApiPropertyOptional({ description: 'Any JSON value, kept as the text it was sent as. Null: none.' })
  input?: unknown;
  @ApiPropertyOptional() output?: unknown;
  @ApiPropertyOptional() state_after?: unknown;
  @ApiPropertyOptional() meta?: unknown;
  @ApiPropertyOptional() error?: unknown;
}

export class EventsBody {
  @ApiPropertyOptional({ type: String, description: 'Default: the key\u2019s project.' })
  @IsOptional()
  @IsString()
  project_id?: string;
  @ApiProperty({
    maxLength: ID_MAX_CHARS,
    description: 'Names the sending process: random per process start. Not of the form http-<uuid>.',
  })
  @IsProducerInstance()
  instance_id!: string;
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description:
      'Number of the first event at its instance, from 1; the others follow without a gap. Every number is used once: ' +
      'a body that is sent again, because its answer was lost, is stored once, and so is another one under its numbers.',
  })
  @IsInt()
  @Min(1)
  @Max(MAX_NUMBER)
  seq!: number;
  @NumberField(1, 'Number of events; where given it must be right.') n?: number;
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'Cumulative since the instance started: `{accepted, merged, dropped: {reason: n}, config_version}`.',
  })
  @IsOptional()
  @IsObject()
  counters?: object;
  @EventTimeField(
    'When this body was sent first; default now. A clock that is 55 minutes off is corrected by it.',
  )
  sent_at?: string;
  @ApiProperty({
    type: [SentEventBody],
    minItems: 1,
    maxItems: ENTRY_MAX_EVENTS,
    description: 'Events as on the stream, their payloads as members. Unknown fields are ignored.',
  })
  events!: SentEventBody[];
}

/** An event that was not stored and never will be. */
export class RejectedEvent {
  @ApiProperty({ type: 'integer', description: 'Position in `events`.' }) index!: number;
  @ApiProperty({ example: 'bad_time' }) reason!: string;
  @ApiProperty({ example: 'end_time is no RFC 3339 time' }) detail!: string;
}

/** The stream has them: what is accepted is stored as soon as the consumer gets to it. */
export class EventsAnswer {
  @ApiProperty({ enum: ['accepted'] }) status!: 'accepted';
  @ApiProperty({ format: 'uuid' }) project_id!: string;
  @ApiProperty({ type: 'integer' }) accepted!: number;
  @ApiProperty({
    type: [RejectedEvent],
    description: 'Kept as dead letters under their numbers, so that every number is accounted for.',
  })
  rejected!: RejectedEvent[];
  @ApiProperty({ type: 'integer', description: 'Newest version of the tracing configuration.' })
  config_version!: number;
  @ApiProperty({ description: 'False: stop sending. What is sent nevertheless is dropped and counted.' })
  tracing_enabled!: boolean;
}
