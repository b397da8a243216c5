import { ApiProperty } from '@nestjs/swagger';

/** Done, and there is nothing more to say. */
export class StatusAnswer {
  @ApiProperty({ enum: ['ok'] }) status!: 'ok';
}

export const STATUS_OK: StatusAnswer = { status: 'ok' };
