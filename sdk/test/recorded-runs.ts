import { flush } from '../src/index.ts';
import { type ObservedEvent, type ObservedProject } from './observed-project.ts';

/** What was said of traces themselves, in the order it was said. */
export const recordedTraces = async (project: ObservedProject) => {
  await flush(60_000);
  const events = await project.events();
  const find = (type: string) => events.filter(({ event_type }) => event_type === type);
  return { events, starts: find('trace_start'), updates: find('trace_update'), ends: find('trace_end') };
};

/** What was said of each observation, in the order they began. */
export const recordedRuns = async (project: ObservedProject) => {
  const { events, starts, ends } = await recordedTraces(project);
  const rows = new Map<unknown, ObservedEvent>();
  for (const event of events) {
    const { observation_id: id } = event;
    if (id !== undefined) rows.set(id, { ...rows.get(id), ...event });
  }
  const observations = [...rows.values()];
  const named = (name: string) => observations.filter((row) => row['name'] === name);
  const pathOf = (row: ObservedEvent): string => {
    const parent = rows.get(row['parent_observation_id']);
    return `${parent === undefined ? '' : `${pathOf(parent)}/`}${String(row['name'])}`;
  };
  const openIds = observations.filter(({ end_time }) => end_time === undefined);
  return { starts, ends, observations, named, openIds, paths: observations.map(pathOf).sort() };
};
