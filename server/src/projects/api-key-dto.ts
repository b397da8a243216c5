import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayNotEmpty, ArrayUnique, IsArray, IsIn, IsISO8601, IsOptional } from 'class-validator';
import { KEY_SCOPES, type KeyScope } from '../http/access.ts';
import { TextField } from '../http/text-field.ts';
import { IsMoment } from '../http/time-text.ts';
import { type ApiKey } from './api-key.entity.ts';

const CHOOSE = `scopes must be a list of one or more of ${KEY_SCOPES.join(', ')}`;

export class CreateApiKeyBody {
  @TextField({ max: 100 }) name!: string;

  @ApiProperty({ enum: KEY_SCOPES, isArray: true, enumName: 'KeyScope' })
  @IsArray({ message: CHOOSE })
  @ArrayNotEmpty({ message: CHOOSE })
  @ArrayUnique()
  @IsIn(KEY_SCOPES, { each: true, message: CHOOSE })
  scopes!: KeyScope[];

  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true })
  @IsOptional()
  @IsISO8601({ strict: true })
  @IsMoment()
  expires_at?: string | null;
}

export class ApiKeyAnswer {
  @ApiProperty({ format: 'uuid' }) id!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ description: 'The first characters of the key, to recognise it by.' }) prefix!: string;
  @ApiProperty({ enum: KEY_SCOPES, isArray: true, enumName: 'KeyScope' }) scopes!: KeyScope[];
  @ApiProperty({ format: 'date-time' }) created_at!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) last_used_at!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) expires_at!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) revoked_at!: string | null;
}

export class CreatedApiKeyAnswer extends ApiKeyAnswer {
  @ApiProperty({ description: 'The whole key. It is shown this once and cannot be shown again.' })
  secret!: string;
}

export class ApiKeyPage {
  @ApiProperty({ type: [ApiKeyAnswer] }) items!: ApiKeyAnswer[];
  @ApiProperty({ type: String, nullable: true }) next_cursor!: string | null;
}

export function apiKeyAnswer(key: ApiKey): ApiKeyAnswer {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    scopes: knownScopes(key.scopes),
    created_at: key.createdAt.toISOString(),
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
  };
}

/** The scopes of a stored key that this version knows. */
export function knownScopes(scopes: readonly string[]): KeyScope[] {
  return KEY_SCOPES.filter((scope) => scopes.includes(scope));
}
