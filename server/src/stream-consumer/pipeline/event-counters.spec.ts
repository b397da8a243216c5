import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { EventCounters, MAX_PROJECT_LABELS } from './event-counters.ts';

const account = (project_id: string) => ({
  project_id,
  received: 3,
  stored: 1,
  duplicate: 0,
  unverified: 0,
  rejected: { bad_id: 1 },
  switched_off: { tracing_off: 1 },
  missing: 2,
  missing_since: null,
});

test('projects beyond the limit share one label, and nothing is left out of the sum', async () => {
  const registry = new Registry();
  const counters = new EventCounters(registry);
  const accounts = Array.from({ length: MAX_PROJECT_LABELS + 5 }, (_, index) =>
    account(`project-${String(index)}`),
  );
  counters.show(accounts);
  counters.show(accounts);
  const [received, rejected] = await Promise.all(
    ['swisper_studio_events_received_total', 'swisper_studio_events_rejected_total'].map(
      async (name) => (await registry.getSingleMetric(name)?.get())?.values ?? [],
    ),
  );
  expect(received).toHaveLength(MAX_PROJECT_LABELS + 1);
  expect(received?.find(({ labels }) => labels['project'] === 'other')?.value).toBe(15);
  expect(rejected?.reduce((sum, { value }) => sum + value, 0)).toBe(accounts.length);
});
