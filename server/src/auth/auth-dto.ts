import { ApiProperty } from '@nestjs/swagger';
import { IsEmail, IsString, Length, Matches, MaxLength } from 'class-validator';
import { TextField } from '../http/text-field.ts';
import { MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS } from './password-rules.ts';

const MAX_EMAIL_CHARS = 254;
/** 32 bytes as base64url. */
const SETUP_TOKEN = /^[\w-]{43}$/;

export class LoginBody {
  /** Not checked to be an address: whatever is wrong with it, the answer is the same. */
  @ApiProperty({ maxLength: MAX_EMAIL_CHARS })
  @IsString()
  @MaxLength(MAX_EMAIL_CHARS)
  @Matches(/^[^\p{Cc}\p{Cs}]*$/u, { message: 'email must not contain control characters' })
  email!: string;

  @ApiProperty({ maxLength: MAX_PASSWORD_CHARS })
  @IsString()
  @MaxLength(MAX_PASSWORD_CHARS)
  password!: string;
}

export class SetupBody {
  @ApiProperty({ description: 'From the link printed at start.' })
  @IsString()
  @Matches(SETUP_TOKEN, { message: 'token must be the one of the set-up link' })
  token!: string;

  @ApiProperty({ format: 'email', maxLength: MAX_EMAIL_CHARS })
  @IsEmail()
  @MaxLength(MAX_EMAIL_CHARS)
  email!: string;

  @ApiProperty({ minLength: MIN_PASSWORD_CHARS, maxLength: MAX_PASSWORD_CHARS })
  @IsString()
  @Length(MIN_PASSWORD_CHARS, MAX_PASSWORD_CHARS)
  password!: string;

  @TextField({ max: 100, optional: 'nullable' }) name?: string | null;
}

export class SetupQuery {
  @ApiProperty()
  @IsString()
  @MaxLength(200)
  token!: string;
}

export class UserAnswer {
  @ApiProperty({ format: 'uuid' }) id!: string;
  @ApiProperty() email!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ enum: ['admin'] }) role!: 'admin';
}

export class SignedInAnswer {
  @ApiProperty({ type: UserAnswer }) user!: UserAnswer;
}

export class SetupTokenAnswer {
  @ApiProperty({ enum: [true] }) valid!: true;
}

export class AuthStateAnswer {
  @ApiProperty({ description: 'Nobody has an account yet: the set-up link is in the log.' })
  needs_setup!: boolean;
}
