import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, registerDecorator } from 'class-validator';
import { parseTime } from '../merging/event-time.ts';

/** An optional time of a DTO: RFC 3339; without an offset it is UTC. */
export function EventTimeField(description?: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      type: String,
      format: 'date-time',
      ...(description === undefined ? {} : { description }),
    }),
    IsOptional(),
    IsEventTime(),
  );
}

function IsEventTime(): PropertyDecorator {
  return (target, propertyKey) =>
    registerDecorator({
      name: 'isEventTime',
      target: target.constructor,
      propertyName: String(propertyKey),
      options: { message: '$property must be an RFC 3339 time' },
      validator: { validate: (value: unknown) => typeof value === 'string' && parseTime(value) !== null },
    });
}
