import type { Observation, TraceDetail, TraceSummary } from '../app/api/model.ts';

const START = Date.parse('2026-11-20T12:00:00.000Z');

/** A moment so many milliseconds after the tests' noon. */
export function at(offsetMs: number): string {
  return new Date(START + offsetMs).toISOString();
}

export function observation(
  id: string,
  parentId: string | null,
  change: Partial<Observation> = {},
): Observation {
  return {
    id,
    original_id: null,
    project_id: 'project',
    trace_id: 'trace',
    parent_observation_id: parentId,
    name: id,
    type: 'CHAIN',
    start_time: at(0),
    end_time: at(100),
    completion_start_time: null,
    duration_ms: 100,
    status: 'ok',
    level: 'DEFAULT',
    status_message: null,
    model: null,
    model_parameters: null,
    usage: null,
    cost: null,
    payloads: [],
    marks: [],
    ...change,
  };
}

export function traceSummary(id: string, change: Partial<TraceSummary> = {}): TraceSummary {
  return {
    id,
    project_id: 'project',
    original_id: null,
    name: 'plan_trip',
    user_id: null,
    session_id: null,
    tags: [],
    environment: null,
    version: null,
    instance_id: null,
    start_time: at(0),
    end_time: at(100),
    end_time_inferred: false,
    duration_ms: 100,
    status: 'ok',
    level: 'DEFAULT',
    status_message: null,
    observation_count: 1,
    error_count: 0,
    input_tokens: null,
    output_tokens: null,
    total_tokens: null,
    input_cost: null,
    output_cost: null,
    total_cost: null,
    last_activity_at: at(100),
    received_at: at(0),
    marks: [],
    ...change,
  };
}

export function traceDetail(change: Partial<TraceDetail> = {}): TraceDetail {
  return { ...traceSummary('trace'), payloads: [], ...change };
}
