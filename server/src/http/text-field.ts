import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches, ValidateIf } from 'class-validator';

interface TextFieldRule {
  max: number;
  /** Default 1. */
  min?: number;
  /** `absent`: may be left out. `nullable`: may be left out or null. Default: required. */
  optional?: 'absent' | 'nullable';
  description?: string;
}

/** Control characters and halves of surrogate pairs have no place in a name, and PostgreSQL refuses some of them. */
const WITHOUT_CONTROLS = /^[^\p{Cc}\p{Cs}]*$/u;

/** A text of a DTO: its length, no control characters, and its place in the OpenAPI document. */
export function TextField(rule: TextFieldRule): PropertyDecorator {
  const min = rule.min ?? 1;
  const schema = {
    type: String,
    minLength: min,
    maxLength: rule.max,
    ...(rule.description === undefined ? {} : { description: rule.description }),
  };
  return applyDecorators(
    IsString(),
    Length(min, rule.max),
    Matches(WITHOUT_CONTROLS, { message: '$property must not contain control characters' }),
    ...presence(rule, schema),
  );
}

function presence(rule: TextFieldRule, schema: object): PropertyDecorator[] {
  if (rule.optional === 'nullable') return [IsOptional(), ApiPropertyOptional({ ...schema, nullable: true })];
  if (rule.optional === 'absent') {
    return [ValidateIf((_: object, value: unknown) => value !== undefined), ApiPropertyOptional(schema)];
  }
  return [ApiProperty(schema)];
}
