import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { systemClock } from '../../src/kernel/clock.ts';
import { EventAccount } from '../../src/stream-consumer/accounting/event-account.ts';
import { checkAccounts } from '../faults/oracle/accounts.ts';
import { recordAcknowledgement } from '../faults/oracle/acknowledgements.ts';
import { Expectation } from '../faults/oracle/expectation.ts';
import { createDatabase } from '../harness/services.ts';
import { onServer } from '../harness/template-database.ts';

const GAPS = 1_200;

test('the oracle of the fault tests agrees with the account over more gaps than a producer is remembered with', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fault-oracle-'));
  const database = await createDatabase();
  const source = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  try {
    const [projectId, instanceId, file] = [randomUUID(), 'producer-0', join(folder, 'acknowledged')];
    recordAcknowledgement(file, { firstSeq: 1, events: 2 * GAPS });
    const none = new Map<number, string>();
    const outcomes = Array.from({ length: GAPS }, (_, index) => ({
      entryId: `${String(index + 1)}-0`,
      projectId,
      isVerified: true,
      instanceId,
      // Every other event is lost.
      firstSeq: 2 * (index + 1),
      events: 1,
      receivedMs: systemClock.nowMs(),
      counters: null,
      rejected: none,
      switchedOff: none,
    }));
    await source.transaction((manager) => new EventAccount(systemClock).record(manager, outcomes));
    const plan = { producer: 0, events: 2 * GAPS, payloadBytes: 10, baseMs: 0 };
    const counts = { added: GAPS, acked: GAPS, waiting: 0, isAllDelivered: true, pending: new Map() };
    const facts = { projectId, expectations: [new Expectation(plan, instanceId, file)], counts };
    const checked = await onServer(database.url, (client) =>
      checkAccounts(client, { ...facts, lostEvents: GAPS }),
    );
    expect(checked.problems).toEqual([]);
    expect(checked.events).toMatchObject({ received: GAPS, stored: GAPS, missing: GAPS });
  } finally {
    await source.destroy();
    await database.drop();
    rmSync(folder, { recursive: true });
  }
});
