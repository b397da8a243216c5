import {
  Body,
  type ArgumentMetadata,
  Injectable,
  type PipeTransform,
  Query,
  type Type,
} from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate, type ValidationError } from 'class-validator';
import { JSON_MAX_DEPTH } from 'swisper-studio/contract';
import { DomainError, type FieldError, invalidField } from '../kernel/domain-error.ts';
import { isValueDeeperThan } from '../kernel/value-depth.ts';
import { isValueLargerThan, type ValueSize, withFewUnknown } from './known-fields.ts';

const MAX_FIELD_CHARS = 100;
/** No field that is not a payload comes near it; what makes and checks an instance would take too long over more. */
const FIELD_SIZE: ValueSize = { members: 1_000, values: 10_000 };
/** Named in a refusal; with more of them nobody is helped. */
const MAX_UNKNOWN = 10;

/** What to do with fields the class does not know. */
export type UnknownFields = 'refused' | 'dropped';

/** Turns a body or query into its class, or refuses it with a message per field. */
@Injectable()
export class ValidatedPipe implements PipeTransform<unknown, Promise<unknown>> {
  private readonly unknownFields: UnknownFields;

  constructor(unknownFields: UnknownFields) {
    this.unknownFields = unknownFields;
  }

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const target = metadata.metatype;
    if (target === undefined || target === Object) throw new Error('A validated parameter needs a class');
    return validated(target, value, this.unknownFields);
  }
}

/**
 * Makes a body or query into an instance of its class.
 * @throws DomainError `invalid` with a message per field
 */
export async function validated<T>(
  target: Type<T>,
  value: unknown,
  unknownFields: UnknownFields,
): Promise<T> {
  const plain = value ?? {};
  if (typeof plain !== 'object' || Array.isArray(plain)) {
    throw invalid([{ field: 'body', message: 'body must be a JSON object' }]);
  }
  refuseDeep(plain);
  const fields = withFewUnknown(target, plain, unknownFields === 'refused' ? MAX_UNKNOWN : 0);
  refuseLarge(fields);
  const instance = plainToInstance(target, fields, { exposeUnsetFields: false });
  if (typeof instance !== 'object' || instance === null) throw new Error('class-transformer made no object');
  const errors = await validate(instance, {
    whitelist: true,
    forbidNonWhitelisted: unknownFields === 'refused',
    forbidUnknownValues: true,
    validationError: { target: false, value: false },
  });
  if (errors.length > 0) throw invalid(fieldErrors(errors, ''));
  return instance;
}

const strict = new ValidatedPipe('refused');
const lenient = new ValidatedPipe('dropped');

/** The body of a console request: an unknown field is refused. The parameter's type must be a DTO class. */
export const ConsoleBody = (): ParameterDecorator => Body(strict);
/** The body of an SDK request: unknown fields are ignored, because a newer SDK may talk to an older server. */
export const SdkBody = (): ParameterDecorator => Body(lenient);
/** The query string: an unknown parameter is refused, so that a mistyped filter is not silently no filter. */
export const StrictQuery = (): ParameterDecorator => Query(strict);

/** The stack of what walks through a body would not take more than some thousand levels. */
function refuseDeep(body: object): void {
  for (const [field, value] of Object.entries(body)) {
    if (!isValueDeeperThan(value, JSON_MAX_DEPTH - 1)) continue;
    throw invalidField(field.slice(0, MAX_FIELD_CHARS), `must not nest deeper than ${JSON_MAX_DEPTH} levels`);
  }
}

function refuseLarge(fields: object): void {
  for (const [field, value] of Object.entries(fields)) {
    if (!isValueLargerThan(value, FIELD_SIZE)) continue;
    throw invalidField(field.slice(0, MAX_FIELD_CHARS), 'must not have thousands of values');
  }
}

function invalid(errors: readonly FieldError[]): DomainError {
  return new DomainError('invalid', errors.map((error) => error.message).join('; '), { errors });
}

/** Said rather than what follows from it: a number has no length. */
const TYPE_RULES = [
  'whitelistValidation',
  'isDefined',
  'isString',
  'isInt',
  'isNumber',
  'isBoolean',
  'isArray',
  'isObject',
];

/** One message per field, the most basic. */
function fieldErrors(errors: readonly ValidationError[], path: string): FieldError[] {
  return errors.flatMap((error) => {
    const field = path === '' ? error.property : `${path}.${error.property}`;
    const constraints = error.constraints ?? {};
    const rule = TYPE_RULES.find((name) => name in constraints) ?? Object.keys(constraints)[0];
    const message =
      rule === 'whitelistValidation' ? `${field} is not a known field` : constraints[rule ?? ''];
    const own = message === undefined ? [] : [{ field, message: withPath(message, error.property, field) }];
    return [...own, ...fieldErrors(error.children ?? [], field)];
  });
}

function withPath(message: string, property: string, field: string): string {
  if (message.startsWith(field)) return message;
  return message.startsWith(property) ? `${field}${message.slice(property.length)}` : `${field}: ${message}`;
}
