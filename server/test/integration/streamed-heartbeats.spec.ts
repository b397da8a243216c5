import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CONSUMER_GROUP } from 'swisper-studio/contract';
import { ProducerAnnouncements } from '../../src/stream-consumer/accounting/producer-announcements.ts';
import { HeartbeatIntake } from '../../src/stream-consumer/heartbeats/heartbeat-intake.ts';
import { HeartbeatLoop } from '../../src/stream-consumer/heartbeats/heartbeat-loop.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { HeartbeatRig, STARTED_AT } from './heartbeat-rig.ts';

const SECOND = 1000;
let rig: HeartbeatRig;
beforeAll(async () => {
  rig = await HeartbeatRig.start();
});
afterAll(() => rig.close());
beforeEach(() => rig.newProject());

describe('a heartbeat on the stream', () => {
  test('says what one over HTTP does: who it is, every counter, the switch it applied', async () => {
    const counters = {
      accepted: 9,
      merged: 2,
      dropped: { buffer_full: 3, stream_full: 1, rejected: 2 },
      config_version: 1,
    };
    const said = { environment: 'staging', version: '1.2.3', sdk_version: '0.1.0', host: 'hôte' };
    await rig.put(rig.signed({ ...said, counters, config_version: 1, interval_seconds: 30 }));
    await rig.read();
    const { instances, ...rest } = await rig.status();
    expect(rest).toMatchObject({ status: 'connected', environment: 'staging', version: '1.2.3' });
    expect(instances).toEqual([
      expect.objectContaining({
        ...said,
        instance_id: 'one',
        status: 'connected',
        counters,
        config_version: 1,
        started_at: STARTED_AT,
      }),
    ]);
  });

  test('that waited while the server was away tells when it was sent, not that the instance is there now', async () => {
    await rig.redis.del(rig.stream);
    const sentMs = Date.now() - 600 * SECOND;
    await rig.put(rig.signed({ timestamp: new Date(sentMs).toISOString() }), `${sentMs}-0`);
    await rig.read();
    const { last_seen: lastSeen, ...rest } = await rig.status();
    expect(rest).toMatchObject({ status: 'disconnected', instances: [{ status: 'disconnected' }] });
    expect(Math.abs(Date.parse(String(lastSeen)) - sentMs)).toBeLessThan(5 * SECOND);
  });

  test('and one over HTTP are one sequence: neither takes back what the later one said', async () => {
    await rig.put(rig.signed({ beat_no: 3 }));
    await rig.read();
    const overHttp = rig.beat({ beat_no: 4, status: 'disconnected' });
    expect((await rig.program.post('/projects/heartbeat', overHttp)).status).toBe(200);
    await rig.put(rig.signed({ beat_no: 2 }));
    await rig.read();
    expect(await rig.status()).toMatchObject({ status: 'disconnected', instances: [] });
    await rig.put(rig.signed({ beat_no: 5 }));
    await rig.read();
    expect(await rig.status()).toMatchObject({ status: 'connected' });
    await rig.put(rig.signed({ beat_no: 6, status: 'disconnected' }));
    await rig.read();
    expect(await rig.status()).toMatchObject({ status: 'disconnected', instances: [] });
  });

  test('announces how many numbers its producer gave to the event account', async () => {
    const counters = { accepted: 7, merged: 1, dropped: { buffer_full: 1 }, config_version: 0 };
    await rig.put(rig.signed({ counters }));
    await rig.put(rig.unsigned({ instance_id: 'unsigned', counters }));
    await rig.read();
    await rig.studio.app.get(ProducerAnnouncements, { strict: false }).run();
    const rows: unknown = await rig.studio.database.query(
      `SELECT instance_id, verified, announcing::int FROM producer_progress WHERE project_id = $1 ORDER BY instance_id`,
      [rig.project.id],
    );
    expect(rows).toEqual([
      { instance_id: 'one', verified: true, announcing: 5 },
      { instance_id: 'unsigned', verified: false, announcing: 5 },
    ]);
  });
});

describe('an unsigned heartbeat', () => {
  test('counts where unsigned events do, and not where signatures are required', async () => {
    await rig.put(rig.unsigned());
    await rig.read();
    expect(await rig.status()).toMatchObject({ status: 'connected' });

    await rig.newProject();
    await rig.person.patch(`/projects/${rig.project.id}`, { require_signature: true });
    await rig.put(rig.unsigned());
    await rig.read();
    expect(await rig.status()).toMatchObject({ status: 'never', instances: [] });
  });

  test('does not touch an instance that spoke with a key, and gives way to one that does', async () => {
    await rig.put(rig.unsigned({ host: 'made up', beat_no: 1_000_000 }));
    await rig.read();
    await rig.put(rig.signed({ host: 'true' }));
    await rig.read();
    await rig.put(rig.unsigned({ host: 'made up', beat_no: 1_000_000, status: 'disconnected' }));
    await rig.read();
    expect(await rig.status()).toMatchObject({ status: 'connected', instances: [{ host: 'true' }] });
  });
});

describe('several replicas', () => {
  const replica = (): HeartbeatLoop =>
    new HeartbeatLoop({
      reader: rig.reader(),
      intake: rig.studio.app.get(HeartbeatIntake, { strict: false }),
      clock: systemClock,
    });

  test('record each heartbeat once between them, whoever reads it, and end in the last word of each instance', async () => {
    const instances = Array.from({ length: 20 }, (_, at) => `i${at}`);
    for (let beatNo = 1; beatNo <= 15; beatNo++) {
      for (const [at, instance] of instances.entries()) {
        const isLast = beatNo === 15 && at % 2 === 0;
        await rig.put(
          rig.signed({
            instance_id: instance,
            beat_no: beatNo,
            status: isLast ? 'disconnected' : 'connected',
          }),
        );
      }
    }
    const replicas = [replica(), replica(), replica()];
    await Promise.all(
      replicas.map(async (one) => {
        while (await one.turn());
      }),
    );
    const rows: { instance_id: string; beat_no: number; stopped: boolean }[] =
      await rig.studio.database.query(
        `SELECT instance_id, beat_no::int, stopped_at IS NOT NULL AS stopped FROM project_connections
       WHERE project_id = $1`,
        [rig.project.id],
      );
    expect(rows).toHaveLength(20);
    for (const { instance_id: instance, beat_no: beatNo, stopped } of rows) {
      expect(beatNo).toBe(15);
      expect(stopped).toBe(Number(instance.slice(1)) % 2 === 0);
    }
    expect(await rig.pending()).toBe(0);
  });

  test('take over what one of them had read when it died, and begin anew in a Redis that lost everything', async () => {
    await rig.put(rig.signed());
    const dead = rig.reader();
    const { ids } = await dead.read();
    expect(ids).toHaveLength(1);
    await rig.read();
    expect(await rig.status()).toMatchObject({ status: 'never' });
    await rig.redis.xclaim(
      rig.stream,
      CONSUMER_GROUP,
      'heartbeats',
      0,
      ids[0] ?? '',
      'IDLE',
      60_000,
      'JUSTID',
    );
    await rig.read();
    expect(await rig.status()).toMatchObject({ status: 'connected' });
    await rig.redis.del(rig.stream);
    await rig.read();
    await rig.put(rig.signed({ beat_no: 2, status: 'disconnected' }));
    await rig.read();
    expect(await rig.status()).toMatchObject({ status: 'disconnected' });
  });
});
