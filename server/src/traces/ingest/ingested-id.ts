import { invalidField } from '../../kernel/domain-error.ts';
import { isObservedId, observationIdOf, traceIdOf } from '../merging/observed-id.ts';
import { storableText } from '../merging/observed-text.ts';

function checked(id: string): string {
  const text = storableText(id);
  if (!isObservedId(text)) throw invalidField('id', 'must be 1 to 200 printable characters');
  return text;
}

/** Key the consumer will give a trace. @throws DomainError `invalid` naming `id` */
export function ingestedTraceKey(projectId: string, id: string): string {
  return traceIdOf(projectId, checked(id)).id;
}

/** Key the consumer will give an observation. @throws DomainError `invalid` naming `id` */
export function ingestedObservationKey(projectId: string, trace: string, id: string): string {
  return observationIdOf(projectId, ingestedTraceKey(projectId, trace), checked(id)).id;
}
