import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { Redis } from 'ioredis';
import type { EncodableEvent } from 'swisper-studio/contract';
import { ApiClient, createProject } from '../test/harness/api-client.ts';
import { startServer } from '../test/harness/server-process.ts';
import { type BenchServices, withServices } from './bench-services.ts';
import { startBareIngest } from './bare-ingest.ts';
import { type Measured, medianOf, numbersFrom, printReport } from './bench-table.ts';
import { cpuMsOf } from './process-cpu.ts';
import { SAMPLE, sampleEvents } from './sample-events.ts';

/** `--posts` of one run, sent by `--senders` at a time. */
const PARAMETERS = { events: 50, posts: 1_000, senders: 4, runs: 7 };

/** Runs that are not counted. The framework's code is compiled for good only after some thousand requests. */
const WARM_UP = 5;

/** CPU µs per event of a bare Nest on fastify on the machine for which the goal in µs was stated, and that goal. */
const STATED_BARE_MICROS = 10;
const GOAL_MICROS = 20;

const FULL = 'POST of 50 events';
const BARE = 'the same to bare Nest, body onto a stream';

/** Where bodies are sent to, and the process whose time it takes. */
interface Target {
  readonly pid: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: Agent;
}

interface Targets {
  readonly studio: Target;
  readonly bare: Target;
  /** Takes what was sent off the streams: nobody reads it. */
  readonly empty: () => Promise<void>;
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
  const bare = await startBareIngest(services.redisUrl);
  const agent = new Agent({ keepAlive: true, maxSockets: parameters.senders });
  const redis = new Redis(services.redisUrl);
  try {
    const { apiKey } = await createProject(await ApiClient.signedIn(server.url), 'bench');
    const targets: Targets = {
      studio: {
        pid: server.process.pid ?? 0,
        url: `${server.url}/api/v1/events`,
        headers: { 'x-api-key': apiKey },
        agent,
      },
      bare: { pid: bare.process.pid ?? 0, url: `${bare.url}/events`, headers: {}, agent },
      empty: async () => void (await redis.del(server.streamName, bare.streamName)),
    };
    await measureAll(services, targets, parameters);
  } finally {
    redis.disconnect();
    agent.destroy();
    await bare.stop();
    await server.stop();
  }
}

async function measureAll(
  services: BenchServices,
  { studio, bare, empty }: Targets,
  parameters: typeof PARAMETERS,
): Promise<void> {
  const { events, posts, runs, senders } = parameters;
  const rows = [FULL, BARE, 'POST of 1 event', 'JSON.parse of the same bodies'].map((what) => ({
    what,
    unit: 'CPU µs/event',
    values: new Array<number>(),
    ...(what === BARE ? {} : { baseline: BARE }),
  }));
  for (let run = -WARM_UP; run < runs; run++) {
    const [bodies, small] = [bodiesOf(posts, events), bodiesOf(posts, 1)];
    const figures = [
      (await cpuMsFor(studio, bodies, senders)) / (posts * events),
      (await cpuMsFor(bare, bodies, senders)) / (posts * events),
      (await cpuMsFor(studio, small, senders)) / posts,
      parseCpuMs(bodies) / (posts * events),
    ];
    await empty();
    if (run >= 0) rows.forEach(({ values }, at) => values.push((figures[at] ?? Number.NaN) * 1000));
  }
  report(services, parameters, rows);
}

function report(services: BenchServices, parameters: typeof PARAMETERS, rows: readonly Measured[]): void {
  const [full, bare] = [medianOf(rows, FULL), medianOf(rows, BARE)];
  const what = 'authenticated, validated, signed, on the stream';
  printReport({
    title: 'HTTP ingest: POST /events until the stream has acknowledged',
    versions: services.versions,
    parameters: { ...parameters, ...SAMPLE },
    rows,
    goals: [
      {
        what: `${what}, against bare Nest`,
        figure: full / bare,
        atMost: GOAL_MICROS / STATED_BARE_MICROS,
        unit: 'x',
      },
      { what, figure: full, atMost: GOAL_MICROS, unit: 'µs/event' },
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

/** CPU time of a process while it takes the bodies. */
async function cpuMsFor(target: Target, bodies: readonly Buffer[], senders: number): Promise<number> {
  const before = cpuMsOf(target.pid);
  const waiting = [...bodies];
  await Promise.all(
    Array.from({ length: senders }, async () => {
      for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) await post(target, body);
    }),
  );
  return cpuMsOf(target.pid) - before;
}

function parseCpuMs(bodies: readonly Buffer[]): number {
  const before = process.cpuUsage();
  for (const body of bodies) JSON.parse(body.toString('utf8'));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function post({ url, headers, agent }: Target, body: Buffer): Promise<void> {
  const sent = { ...headers, 'content-type': 'application/json', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const sending = request(url, { method: 'POST', agent, headers: sent }, (response) => {
      response.resume();
      response.once('end', () =>
        response.statusCode === 200
          ? resolve()
          : reject(new Error(`${url} answered ${String(response.statusCode)}`)),
      );
    });
    sending.once('error', reject);
    sending.end(body);
  });
}

await withServices(bench);
