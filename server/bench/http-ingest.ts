import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { Redis } from 'ioredis';
import type { EncodableEvent } from 'swisper-studio/contract';
import { ApiClient, createProject } from '../test/harness/api-client.ts';
import { type ServerProcess, startServer } from '../test/harness/server-process.ts';
import { type BenchServices, withServices } from './bench-services.ts';
import { medianOf, numbersFrom, printReport } from './bench-table.ts';
import { cpuMsOf } from './process-cpu.ts';
import { SAMPLE, sampleEvents } from './sample-events.ts';

/** `--events` of one POST, `--posts` of one run, sent by `--senders` at a time. */
const PARAMETERS = { events: 50, posts: 1_000, senders: 4, runs: 7 };

/** Runs that are not counted. The framework's code is compiled for good only after some thousand requests. */
const WARM_UP = 5;

interface Target {
  readonly server: ServerProcess;
  readonly apiKey: string;
  readonly agent: Agent;
  /** Takes what was sent off the stream: nobody reads it. */
  empty(): Promise<void>;
}

async function bench(services: BenchServices): Promise<void> {
  const parameters = numbersFrom(PARAMETERS);
  const environment = {
    DATABASE_URL: await services.createDatabase(),
    OBSERVABILITY_REDIS_URL: services.redisUrl,
    OBSERVABILITY_STREAM_NAME: `bench:${randomUUID()}`,
    OBSERVABILITY_STREAM_MAX_BYTES: String(8 * 2 ** 30),
    STUDIO_ROLES: 'api',
  };
  const server = await startServer({ environment });
  try {
    const { apiKey } = await createProject(await ApiClient.signedIn(server.url), 'bench');
    const agent = new Agent({ keepAlive: true, maxSockets: parameters.senders });
    const redis = new Redis(services.redisUrl);
    const empty = async (): Promise<void> => {
      await redis.del(server.streamName);
    };
    await measureAll(services, { server, apiKey, agent, empty }, parameters);
    redis.disconnect();
    agent.destroy();
  } finally {
    await server.stop();
  }
}

async function measureAll(
  services: BenchServices,
  target: Target,
  parameters: typeof PARAMETERS,
): Promise<void> {
  const { events, posts, runs, senders } = parameters;
  const full = `POST of ${String(events)} events`;
  const rows = [full, 'POST of 1 event', 'JSON.parse of the same bodies'].map((what) => ({
    what,
    unit: 'CPU µs/event',
    values: new Array<number>(),
    ...(what === full ? {} : { baseline: full }),
  }));
  for (let run = -WARM_UP; run < runs; run++) {
    const [bodies, small] = [bodiesOf(posts, events), bodiesOf(posts, 1)];
    const figures = [
      (await serverCpuMs(target, bodies, senders)) / (posts * events),
      (await serverCpuMs(target, small, senders)) / posts,
      parseCpuMs(bodies) / (posts * events),
    ];
    if (run >= 0) rows.forEach(({ values }, at) => values.push((figures[at] ?? Number.NaN) * 1000));
  }
  printReport({
    title: 'HTTP ingest: POST /events until the stream has acknowledged',
    versions: services.versions,
    parameters: { ...parameters, ...SAMPLE },
    rows,
    goals: [
      {
        what: 'authenticated, validated, signed, on the stream',
        figure: medianOf(rows, full),
        atMost: 20,
        unit: 'µs/event',
      },
    ],
  });
}

/** Bodies of one process, as an SDK would number them. */
function bodiesOf(count: number, size: number): Buffer[] {
  const events = sampleEvents();
  const instance_id = randomUUID();
  return Array.from({ length: count }, (_, at) => {
    const members = Array.from({ length: size }, () => memberText(events.next().value));
    const seq = String(at * size + 1);
    return Buffer.from(`{"instance_id":"${instance_id}","seq":${seq},"events":[${members.join(',')}]}`);
  });
}

function memberText({ header, payloads }: EncodableEvent): string {
  const members = payloads.map(([kind, text]) => `,"${kind}":${text}`);
  return `${JSON.stringify(header).slice(0, -1)}${members.join('')}}`;
}

/** CPU time of the server process while it takes the bodies. */
async function serverCpuMs(target: Target, bodies: readonly Buffer[], senders: number): Promise<number> {
  const pid = target.server.process.pid ?? 0;
  const before = cpuMsOf(pid);
  const waiting = [...bodies];
  await Promise.all(
    Array.from({ length: senders }, async () => {
      for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) await post(target, body);
    }),
  );
  const usedMs = cpuMsOf(pid) - before;
  await target.empty();
  return usedMs;
}

function parseCpuMs(bodies: readonly Buffer[]): number {
  const before = process.cpuUsage();
  for (const body of bodies) JSON.parse(body.toString('utf8'));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function post({ server, apiKey, agent }: Target, body: Buffer): Promise<void> {
  const headers = { 'x-api-key': apiKey, 'content-type': 'application/json', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const sending = request(`${server.url}/api/v1/events`, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () =>
        response.statusCode === 200
          ? resolve()
          : reject(new Error(`POST /events answered ${String(response.statusCode)}`)),
      );
    });
    sending.once('error', reject);
    sending.end(body);
  });
}

await withServices(bench);
