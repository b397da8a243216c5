import { createServer, request, type Server } from 'node:http';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ServerProcess } from '../../../server/test/harness/server-process.ts';
import { freePort } from '../../../server/tools/free-port.ts';
import { runToEnd } from '../../../server/tools/child-process.ts';

const CLI = resolve(import.meta.dirname, '../../src/doctor/cli.ts');

/** What tells an SDK of a server and a project on it. */
export function settingsOf(
  { url, redisUrl, streamName }: Pick<ServerProcess, 'url' | 'redisUrl' | 'streamName'>,
  { id, apiKey }: { id: string; apiKey: string },
): Record<string, string> {
  return { URL: url, API_KEY: apiKey, PROJECT_ID: id, REDIS_URL: redisUrl, STREAM_NAME: streamName };
}

export interface DoctorRun {
  readonly code: number | null;
  readonly lines: string[];
  readonly output: string;
  /** The line of a check, without its mark; empty when there is none. */
  line(check: string): string;
  /** Lines marked ✖. */
  readonly errors: string[];
}

/** Runs the doctor as a process of its own, with nothing but these settings. */
export async function runDoctor(
  settings: Record<string, string | undefined>,
  ...flags: string[]
): Promise<DoctorRun> {
  const env: NodeJS.ProcessEnv = { PATH: process.env['PATH'] };
  for (const [name, value] of Object.entries(settings)) env[`SWISPER_STUDIO_${name}`] = value;
  const { code, output } = await runToEnd(process.execPath, [CLI, 'doctor', ...flags], { env });
  const lines = output.split('\n').filter((line) => line !== '');
  return {
    code,
    lines,
    output,
    line: (check) => lines.find((line) => line.slice(2).startsWith(`${check}: `)) ?? '',
    errors: lines.filter((line) => line.startsWith('✖')),
  };
}

export interface Door {
  readonly url: string;
  close(): void;
}

async function listen(server: Server): Promise<Door> {
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${String(port)}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Something that answers HTTP and is no SwisperStudio. */
export const openStranger = (status: number, headers: Record<string, string> = {}): Promise<Door> =>
  listen(
    createServer((_request, response) =>
      response.writeHead(status, headers).end('<h1>Welcome to nginx!</h1>'),
    ),
  );

/** Passes on to the server what only asks; everything else it refuses itself. */
export const openDeafProxy = (serverUrl: string): Promise<Door> =>
  listen(
    createServer((incoming, outgoing) => {
      const { method, headers, url = '/' } = incoming;
      if (method !== 'GET') return void outgoing.writeHead(403).end('<h1>Forbidden</h1>');
      const onward = request(serverUrl + url, { headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy()).end();
    }),
  );

/** Stands for a server that takes heartbeats and questions, and refuses what this SDK's version puts on the stream. */
export function openRefusingServer(serverUrl: string, reason: string): Promise<Door> {
  let instanceId = '';
  const answerTo = async (path: string, headers: Record<string, string>): Promise<[number, string]> => {
    if (path.startsWith('/api/v1/traces/')) return [404, '{"detail":"Trace not found","request_id":"r"}'];
    if (path.startsWith('/api/v1/dead-letters'))
      return [200, JSON.stringify({ items: [{ instance_id: instanceId, reason, detail: 'v is 2' }] })];
    const answer = await fetch(serverUrl + path, { headers });
    return [answer.status, await answer.text()];
  };
  return listen(
    createServer((incoming, outgoing) => {
      const { headers, url = '/' } = incoming;
      void text(incoming).then(async (body) => {
        instanceId = /"instance_id":"([^"]+)"/.exec(body)?.[1] ?? instanceId;
        const key = headers['x-api-key'];
        const [status, said] =
          body === ''
            ? await answerTo(url, typeof key === 'string' ? { 'x-api-key': key } : {})
            : [200, '{}'];
        outgoing.writeHead(status, { 'content-type': 'application/json' }).end(said);
      });
    }),
  );
}

/** Passes everything on to the server, whose clock seems to be ahead. */
export const openSkewedProxy = (serverUrl: string, aheadMs: number): Promise<Door> =>
  listen(
    createServer((incoming, outgoing) => {
      const { method, headers, url = '/' } = incoming;
      const onward = request(serverUrl + url, { ...(method ? { method } : {}), headers }, (answer) => {
        const date = new Date(Date.now() + aheadMs).toUTCString();
        outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, date });
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      incoming.pipe(onward);
    }),
  );
