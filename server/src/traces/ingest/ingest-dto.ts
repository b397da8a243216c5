import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsArray, IsIn, IsObject, IsOptional, IsString, registerDecorator } from 'class-validator';
import { LEVELS, type Level, OBSERVATION_TYPES, type ObservationType } from 'swisper-studio/contract';
import { EventTimeField } from './event-time-field.ts';
import { isObservedId } from '../merging/observed-id.ts';
import { storableText } from '../merging/observed-text.ts';

const REPORTED_STATUSES = ['ok', 'error', 'interrupted'] as const;

function IsObservedId(): PropertyDecorator {
  return (target, propertyKey) =>
    registerDecorator({
      name: 'isObservedId',
      target: target.constructor,
      propertyName: String(propertyKey),
      options: { message: '$property must be 1 to 200 printable characters' },
      validator: { validate: (id: unknown) => typeof id === 'string' && isObservedId(storableText(id)) },
    });
}

/** An id of the application's own: a UUID or any other text. */
const IdField = (description: string): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: String, maxLength: 200, description }),
    IsOptional(),
    IsObservedId(),
  );
/** Overlong texts are cut and marked where they are stored, as those of the stream are. */
const TextField = (): PropertyDecorator =>
  applyDecorators(ApiPropertyOptional({ type: String, nullable: true }), IsOptional(), IsString());
const ObjectField = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true }),
    IsOptional(),
    IsObject(),
  );
const ChoiceField = (values: readonly string[]): PropertyDecorator =>
  applyDecorators(ApiPropertyOptional({ enum: values }), IsOptional(), IsIn(values));
/** Taken from the body as it was sent, see `sent-payloads.ts`; here for the document only. */
const PayloadField = (): PropertyDecorator => ApiPropertyOptional({ description: 'Any JSON value.' });

class TraceFields {
  @TextField() project_id?: string;
  @TextField() user_id?: string | null;
  @TextField() session_id?: string | null;
  @ApiPropertyOptional({ type: [String] }) @IsOptional() @IsArray() @IsString({ each: true }) tags?: string[];
  @TextField() environment?: string | null;
  @TextField() version?: string | null;
  @EventTimeField('When it happened; default now. Orders this change among others.') timestamp?: string;
  @EventTimeField() end_time?: string;
  @ChoiceField(LEVELS) level?: Level;
  @ChoiceField(REPORTED_STATUSES) status?: (typeof REPORTED_STATUSES)[number];
  @TextField() status_message?: string | null;
  @PayloadField() input?: unknown;
  @PayloadField() output?: unknown;
  @PayloadField() meta?: unknown;
}

export class CreateTraceBody extends TraceFields {
  @IdField('Default: a new UUID.') id?: string;
  @ApiProperty() @IsString() name!: string;
}

export class UpdateTraceBody extends TraceFields {
  @TextField() name?: string | null;
  @EventTimeField() start_time?: string;
}

class ObservationFields {
  @TextField() project_id?: string;
  @ApiProperty({ maxLength: 200, description: 'A UUID, or the id the application sent.' })
  @IsObservedId()
  trace_id!: string;
  @ChoiceField(OBSERVATION_TYPES) type?: ObservationType;
  @IdField('May name one that arrives later.') parent_observation_id?: string | null;
  @TextField() model?: string | null;
  @ObjectField() model_parameters?: object | null;
  @ObjectField() usage?: object | null;
  @ObjectField() cost?: object | null;
  @EventTimeField() start_time?: string;
  @EventTimeField() completion_start_time?: string;
  @EventTimeField() end_time?: string;
  @ChoiceField(LEVELS) level?: Level;
  @ChoiceField(REPORTED_STATUSES) status?: (typeof REPORTED_STATUSES)[number];
  @TextField() status_message?: string | null;
  @PayloadField() input?: unknown;
  @PayloadField() output?: unknown;
  @PayloadField() state_after?: unknown;
  @PayloadField() meta?: unknown;
  @PayloadField() error?: unknown;
}

export class CreateObservationBody extends ObservationFields {
  @IdField('Default: a new UUID.') id?: string;
  @ApiProperty() @IsString() name!: string;
}

export class UpdateObservationBody extends ObservationFields {
  @TextField() name?: string | null;
  @EventTimeField('When it happened; default now. Orders this change among others.') timestamp?: string;
}

/** The stream has it: it is stored as soon as the consumer gets to it. */
export class AcceptedAnswer {
  @ApiProperty({ format: 'uuid' }) id!: string;
  @ApiProperty({ format: 'uuid' }) project_id!: string;
  @ApiProperty({ enum: ['accepted'] }) status!: 'accepted';
}
