import { shownUrl } from '../contract/index.ts';
import { type ResolvedOptions } from '../options.ts';
import { broken, type Finding, ok, skipped } from './finding.ts';
import { isRecord } from './is-record.ts';
import { findMissingParts } from './server-parts.ts';
import { API_KEY, API_URL, PROJECT_ID } from './settings-check.ts';
import { type ApiAnswer, type NoAnswer, type StudioApi } from './studio-api.ts';

/** What the server says about the project's tracing. */
export interface ServerConfig {
  readonly version: number;
  readonly enabled: boolean;
  readonly full: boolean;
  /** The stream the server reads; undefined: an older server that does not say. */
  readonly streamName: string | undefined;
  readonly serverVersion: string | undefined;
  readonly changedBy: string | undefined;
  readonly reason: string | undefined;
}

export interface ApiExamination {
  readonly findings: Finding[];
  readonly config: ServerConfig | undefined;
  readonly aheadMs: number | undefined;
}

const API = 'API';
const KEY = 'API key';
const PROJECT = 'project';
const PROJECT_NOT_FOUND = 'Project not found';

/** Reachable, key valid, project found and the key's own. */
export async function examineApi(
  api: StudioApi,
  options: ResolvedOptions,
  hasProject: boolean,
): Promise<ApiExamination> {
  const url = shownUrl(options.apiUrl ?? '');
  const path = hasProject ? `/projects/${options.projectId ?? ''}/tracing` : '/projects';
  const answer = await api.get(path);
  if (!answer.isAnswer) return nothing([unreachable(url, answer)]);
  const config = hasProject ? configOf(answer) : undefined;
  // Of a path that does not exist the server says just "Not found".
  const isKnownPath = answer.status !== 404 || answer.detail === PROJECT_NOT_FOUND;
  const isServer = (answer.detail !== undefined && isKnownPath) || config !== undefined || isPage(answer);
  if (!isServer) return nothing([stranger(url, answer)]);
  const version = config?.serverVersion === undefined ? '' : `, server ${config.serverVersion}`;
  const findings = [ok(API, `answers at ${url}${version}`), ...(await judge(api, options, answer))];
  return { findings, config, aheadMs: answer.aheadMs };
}

const nothing = (findings: Finding[]): ApiExamination => ({
  findings,
  config: undefined,
  aheadMs: undefined,
});

const isPage = ({ status, body }: ApiAnswer): boolean =>
  status === 200 && isRecord(body) && Array.isArray(body['items']);

function unreachable(url: string, { code, reason }: NoAnswer): Finding {
  switch (code) {
    case 'ECONNREFUSED':
      return broken(
        API,
        `nothing listens at ${url} (connection refused)`,
        `start the server, or correct host and port in ${API_URL}`,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return broken(
        API,
        `the host name in ${url} is not known (${code})`,
        `correct ${API_URL}, or the name service of this machine or container`,
      );
    case 'TIMEOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return broken(
        API,
        `no answer from ${url} in time`,
        'see whether a firewall or proxy is in between and whether the server is overloaded',
      );
    default:
      return unreadable(url, code, reason);
  }
}

function unreadable(url: string, code: string, reason: string): Finding {
  if (/CERT|SIGNATURE|ISSUER/.test(code))
    return broken(
      API,
      `the certificate of ${url} is not accepted (${code})`,
      'correct the certificate or its name; for an authority of your own set NODE_EXTRA_CA_CERTS',
    );
  return broken(
    API,
    `${url} does not speak HTTP to us (${reason})`,
    `compare ${API_URL} with the address the console is opened at: http or https, host, port`,
  );
}

function stranger(url: string, { status, location }: ApiAnswer): Finding {
  const remedy = `set ${API_URL} to the address the console is opened at, without a path of its own`;
  if (status >= 300 && status < 400 && location !== null) {
    return broken(API, `${url} redirects to ${shownUrl(location)}`, `set ${API_URL} to where it points to`);
  }
  if (status === 401 || status === 407) {
    return broken(
      API,
      `something before the server asks for a login of its own (${String(status)})`,
      'let programs with an X-API-Key pass the proxy',
    );
  }
  if (status === 403 || status === 429) {
    return broken(
      API,
      `something before the server turns us away (${String(status)})`,
      status === 429
        ? 'wait, and let it allow this program more requests'
        : 'let programs with an X-API-Key pass the proxy or firewall',
    );
  }
  if (status >= 500) {
    return broken(
      API,
      `${url} answers ${String(status)}, not as a SwisperStudio server`,
      'see the logs of the server and of the proxy in front of it',
    );
  }
  return broken(API, `what answers at ${url} (${String(status)}) is not a SwisperStudio server`, remedy);
}

async function judge(api: StudioApi, options: ResolvedOptions, answer: ApiAnswer): Promise<Finding[]> {
  const { status, detail } = answer;
  if (options.apiKey === undefined) return [skipped(KEY, 'there is none to be checked')];
  if (status === 200) {
    const own = ownProject(answer);
    return own === undefined
      ? [ok(KEY, 'is valid'), ok(PROJECT, `${options.projectId ?? ''} is the key's`)]
      : [ok(KEY, 'is valid'), named(own, options.projectId)];
  }
  switch (status) {
    case 401:
      return [
        broken(
          KEY,
          'the server refuses it (401): unknown, revoked or expired',
          `compare ${API_KEY} with the project's keys in the console; make a new one if in doubt`,
        ),
      ];
    case 403:
      return [
        broken(
          KEY,
          `may not send: ${detail ?? 'a scope is missing'}`,
          'make a key with the scopes ingest and read (read lets the doctor look for its test trace)',
        ),
      ];
    case 404:
      return [ok(KEY, 'is valid'), await foreign(api, options)];
    default:
      return [await troubled(api, answer)];
  }
}

/** What the server says of itself names what it misses. */
async function troubled(api: StudioApi, { status, detail }: ApiAnswer): Promise<Finding> {
  const missing = await findMissingParts(api);
  if (missing === undefined)
    return broken(
      API,
      `the server answers ${String(status)}: ${detail ?? 'no reason given'}`,
      "see the server's log and GET /health/ready",
    );
  const { names, remedy } = missing;
  return broken(API, `the server answers ${String(status)} and says it is without ${names}`, remedy);
}

interface OwnProject {
  id: string;
  name: string;
}

function ownProject({ body }: Pick<ApiAnswer, 'body'>): OwnProject | undefined {
  const items: unknown = isRecord(body) ? body['items'] : undefined;
  const first: unknown = Array.isArray(items) ? items[0] : undefined;
  if (!isRecord(first) || typeof first['id'] !== 'string') return undefined;
  return { id: first['id'], name: String(first['name']) };
}

const named = ({ id, name }: OwnProject, given: string | undefined): Finding =>
  broken(
    PROJECT,
    given === undefined ? `none is set; the key belongs to "${name}"` : `the key belongs to "${name}"`,
    `set ${PROJECT_ID}=${id}`,
  );

/** 404: unknown and another's look the same, so it is said whose the key is. */
async function foreign(api: StudioApi, { projectId = '' }: ResolvedOptions): Promise<Finding> {
  const answer = await api.get('/projects');
  const own = answer.isAnswer && answer.status === 200 ? ownProject(answer) : undefined;
  if (own !== undefined) {
    return broken(
      PROJECT,
      `${projectId} does not exist or is not the key's: the key belongs to "${own.name}"`,
      `set ${PROJECT_ID}=${own.id}, or take a key of the project you mean`,
    );
  }
  if (answer.isAnswer && answer.status === 404) {
    return broken(PROJECT, 'the project of this key was deleted', 'make a project and a key in the console');
  }
  return broken(
    PROJECT,
    `${projectId} does not exist or is not the key's`,
    `compare ${PROJECT_ID} with the project in the console whose key this is`,
  );
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function configOf({ status, body }: ApiAnswer): ServerConfig | undefined {
  if (status !== 200 || !isRecord(body)) return undefined;
  const { version, enabled, full } = body;
  if (typeof version !== 'number' || typeof enabled !== 'boolean') return undefined;
  return {
    version,
    enabled,
    full: full === true,
    streamName: textOf(body['stream_name']),
    serverVersion: textOf(body['server_version']),
    changedBy: textOf(body['changed_by']),
    reason: textOf(body['reason']),
  };
}
