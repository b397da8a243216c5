import { ValidatedPipe } from '../http/validation.ts';
import { DomainError } from '../kernel/domain-error.ts';
import { HeartbeatBody } from './heartbeat-dto.ts';

const pipe = new ValidatedPipe('dropped');

/**
 * Applies the rules of the heartbeat API to a heartbeat that came another way.
 * @returns a sentence where it breaks one
 */
export async function checkHeartbeat(value: object): Promise<HeartbeatBody | string> {
  try {
    const body = await pipe.transform(value, { type: 'body', metatype: HeartbeatBody });
    return body instanceof HeartbeatBody ? body : 'no heartbeat';
  } catch (error) {
    if (error instanceof DomainError) return error.message;
    throw error;
  }
}
