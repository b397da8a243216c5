import { parseApiKey, redactUrl, shownUrl } from '../contract/index.ts';
import { type OptionsResult } from '../options.ts';
import { broken, type Finding, ok, warning, wrong } from './finding.ts';

const variable = (name: string): string => `SWISPER_STUDIO_${name}`;

export const PROJECT_ID = variable('PROJECT_ID');
export const API_URL = variable('URL');
export const API_KEY = variable('API_KEY');
export const REDIS_URL = variable('REDIS_URL');
export const STREAM_NAME = variable('STREAM_NAME');
const ENABLED = variable('ENABLED');
const SAMPLE_RATE = variable('SAMPLE_RATE');

/** Shown also where they are not set. */
const ALWAYS = [API_URL, API_KEY, PROJECT_ID, REDIS_URL];

/** Wrong, nothing arrives. */
const DECISIVE = [...ALWAYS, STREAM_NAME];

/** The option a variable sets, as problems name it. */
const OPTION_NAMES = new Map([
  [API_URL, 'apiUrl'],
  [variable('HEARTBEAT_INTERVAL'), 'heartbeatIntervalSeconds'],
]);

/** `SWISPER_STUDIO_MAX_STREAM_LENGTH` → `maxStreamLength`. */
export function optionName(name: string): string {
  const words = name.slice(variable('').length).toLowerCase();
  return OPTION_NAMES.get(name) ?? words.replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase());
}

function shownValue(name: string, value: string): string {
  if (name === API_KEY) {
    const keyId = parseApiKey(value.trim())?.keyId;
    return keyId === undefined ? '(hidden)' : `sws_${keyId}_… (the secret is hidden)`;
  }
  return value.includes('://') ? shownUrl(value) : redactUrl(value.trim());
}

/** One finding for each variable that is set or should be. */
export function examineSettings(result: OptionsResult): Finding[] {
  const findings: Finding[] = [];
  const names = new Set([...ALWAYS, ...result.variables.keys()]);
  for (const name of names) {
    const value = result.variables.get(name);
    if (value === undefined) {
      if (ALWAYS.includes(name)) findings.push(absent(name, result));
    } else findings.push(present(name, value, result));
  }
  const unknown = result.unknownVariables.map((name) => unknownVariable(name, [...names]));
  return [...findings, ...unknown];
}

function absent(name: string, { options }: OptionsResult): Finding {
  switch (name) {
    case PROJECT_ID:
      return broken(name, 'is not set', "copy the project's id from its settings page in the console");
    case API_URL:
      return options.redisUrl === undefined
        ? broken(name, 'is not set', 'set it to the base URL of the server, e.g. http://localhost:8001')
        : warning(
            name,
            'is not set: this instance is told of through Redis only, and the API cannot be checked',
            'set it to the base URL of the server, e.g. http://localhost:8001',
          );
    case API_KEY:
      return (options.redisUrl === undefined ? broken : warning)(
        name,
        'is not set: events are not signed (refused by a project that had signed ones), and the API cannot be asked',
        "make a key on the project's settings page and set it here",
      );
    default:
      return absentRedis(name, options.apiUrl !== undefined && options.apiKey !== undefined);
  }
}

function absentRedis(name: string, hasHttp: boolean): Finding {
  return hasHttp
    ? ok(name, 'is not set: events travel over HTTP')
    : broken(name, 'is not set', 'set it to the Redis that carries the events, e.g. redis://localhost:6379');
}

function present(name: string, value: string, { options, problems }: OptionsResult): Finding {
  if (/^(["'`]).*\1$/s.test(value.trim())) return quoted(name);
  const option = optionName(name);
  const problem = problems.find((text) => text.startsWith(`${option} `));
  if (problem !== undefined) {
    const fatal = ALWAYS.includes(name);
    const text = problem.slice(option.length + 1);
    const meanwhile = text.includes(', so ') ? '' : '; until then the default is used';
    return (fatal ? broken : warning)(name, text, fatal ? remedyFor(name) : `correct it${meanwhile}`);
  }
  if (name === ENABLED && !options.enabled) {
    return wrong(name, 'is off: the SDK does nothing in this process', `unset it or set ${name}=true`);
  }
  if (name === SAMPLE_RATE && options.sampleRate < 1) return sampled(name, options.sampleRate);
  return ok(name, shownValue(name, value));
}

const quoted = (name: string): Finding =>
  (DECISIVE.includes(name) ? broken : warning)(
    name,
    'has quotation marks around it, which are part of the value',
    'remove them: not everything takes them away as a shell does, e.g. docker run --env-file',
  );

const sampled = (name: string, rate: number): Finding =>
  rate === 0
    ? wrong(name, 'is 0: no trace of this process is recorded', `unset it, or set a share like ${name}=0.1`)
    : ok(name, `${String(Number((rate * 100).toPrecision(3)))} % of the traces are recorded`);

function remedyFor(name: string): string {
  switch (name) {
    case API_URL:
      return 'set it to the base URL of the server, e.g. http://localhost:8001';
    case API_KEY:
      return 'copy the whole key again, or make a new one: it is shown once, when it is made';
    case PROJECT_ID:
      return "copy the project's id (a UUID) from its settings page in the console";
    default:
      return 'set it to a URL like redis://localhost:6379, rediss:// with TLS';
  }
}

function unknownVariable(name: string, known: readonly string[]): Finding {
  const bare = (text: string): string => text.replace(/_/g, '');
  const meant = known.find((each) => bare(each) === bare(name) || each.startsWith(name));
  return warning(
    name,
    'is no setting of this version and does nothing',
    meant === undefined ? 'remove it, or look for the right name in the README' : `did you mean ${meant}?`,
  );
}
