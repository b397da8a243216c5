import { isoMicros } from '../clock.ts';
import { type ObservationType, type PayloadKind, type Status } from '../contract/index.ts';
import { type BufferedHeader } from '../delivery/buffered-event.ts';
import { safeText } from '../payloads/header-fields.ts';

/*
 * Headers of the events there are most of, made by `new` as all that waits (see `buffered-event.ts`). Fields in the order in which they
 * travel; undefined ones do not. Their time is now, unless it is given, and what is named in them is safe. Made with nothing but texts,
 * they are a `TextsHeader`.
 */

/** A header made for one event alone, all of whose values are safe texts, in fields that are never masked. */
export interface TextsHeader extends BufferedHeader {
  /** Characters the application has named. A getter of the class, as `payloadKind` is, so neither travels. */
  readonly namedChars: number;
  readonly payloadKind: PayloadKind;
}

const lengthOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0);

export class TraceStartHeader implements TextsHeader {
  [field: string]: unknown;
  readonly event_type = 'trace_start';
  declare readonly trace_id: string;

  constructor(
    traceId: string,
    about: { name: string; userId: string | undefined; sessionId: string | undefined; tags: unknown },
    where: { readonly environment: string | undefined; readonly version: string | undefined },
  ) {
    this.trace_id = traceId;
    this['name'] = safeText('name', about.name);
    this['timestamp'] = isoMicros();
    this['user_id'] = safeText('user_id', about.userId);
    this['session_id'] = safeText('session_id', about.sessionId);
    this['tags'] = about.tags;
    this['environment'] = safeText('environment', where.environment);
    this['version'] = safeText('version', where.version);
  }

  get payloadKind(): 'input' {
    return 'input';
  }

  get namedChars(): number {
    return lengthOf(this['name']) + lengthOf(this['user_id']) + lengthOf(this['session_id']);
  }
}

export class TraceEndHeader implements TextsHeader {
  [field: string]: unknown;
  readonly event_type = 'trace_end';
  declare readonly trace_id: string;

  constructor(traceId: string, status: Status) {
    this.trace_id = traceId;
    this['end_time'] = isoMicros();
    this['status'] = status;
  }

  get payloadKind(): 'output' {
    return 'output';
  }

  get namedChars(): number {
    return 0;
  }
}

export class ObservationStartHeader implements TextsHeader {
  [field: string]: unknown;
  event_type: 'observation_start' | 'observation' = 'observation_start';
  declare readonly trace_id: string;
  declare readonly observation_id: string;

  constructor(
    ids: { readonly traceId: string; readonly id: string; readonly parentId: string | undefined },
    about: { name: string; type: ObservationType; model?: unknown; modelParameters?: unknown },
  ) {
    this.trace_id = ids.traceId;
    this.observation_id = ids.id;
    this['name'] = safeText('name', about.name);
    this['type'] = about.type;
    this['model'] = safeText('model', about.model);
    this['model_parameters'] = about.modelParameters;
    this['parent_observation_id'] = ids.parentId;
    this['start_time'] = isoMicros();
  }

  get payloadKind(): 'input' {
    return 'input';
  }

  get namedChars(): number {
    return lengthOf(this['name']) + lengthOf(this['model']);
  }
}

export class ObservationEndHeader implements TextsHeader {
  [field: string]: unknown;
  readonly event_type = 'observation_end';
  declare readonly trace_id: string;
  declare readonly observation_id: string;

  constructor(
    ids: { readonly traceId: string; readonly id: string },
    ending: { readonly status: Status; readonly endTime: string },
    firstTokenAt: string | undefined,
  ) {
    this.trace_id = ids.traceId;
    this.observation_id = ids.id;
    this['completion_start_time'] = firstTokenAt;
    this['status'] = ending.status;
    this['end_time'] = ending.endTime;
  }

  get payloadKind(): 'output' {
    return 'output';
  }

  get namedChars(): number {
    return 0;
  }
}
