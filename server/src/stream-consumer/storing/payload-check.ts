import type { MergeEvent } from '../../traces/index.ts';

/**
 * Whether all payloads of an event are JSON. Asked only where the database refused something: nobody parses payloads
 * otherwise. What is no JSON here is none there.
 */
export function hasOnlyJson({ payloads }: Pick<MergeEvent, 'payloads'>): boolean {
  return payloads.every(({ bytes }) => isJson(bytes.toString('utf8')));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
