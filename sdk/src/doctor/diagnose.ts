import { type OptionsResult, type ResolvedOptions } from '../options.ts';
import { SDK_VERSION } from '../sdk-version.ts';
import { type ApiExamination, examineApi } from './api-check.ts';
import { awaitArrival, explainUnsent } from './arrival-check.ts';
import { examineClocks } from './clock-check.ts';
import { broken, type Finding, ok, skipped, warning } from './finding.ts';
import { examinePipeline, readPipeline } from './pipeline-check.ts';
import { remedyFor } from './complaint-remedy.ts';
import { examineConnection, examineRedis, type RedisExamination } from './redis-check.ts';
import { RedisProbe } from './redis-probe.ts';
import { examineSettings } from './settings-check.ts';
import { examineReaders, examineRoom, examineServerRoom } from './stream-check.ts';
import { StudioApi } from './studio-api.ts';
import { examineSignature, examineStreamName, examineSwitch, examineWhereabouts } from './switch-check.ts';
import { sendTestTrace } from './test-trace.ts';

/** For each answer of the API, for connecting and for being acknowledged, however little patience there is otherwise. */
const LEAST_PATIENCE_MS = 10_000;
const OLDEST_NODE = 20;

export interface TestTrace {
  readonly id: string;
  /** Page of the console; undefined without an `apiUrl`. */
  readonly url: string | undefined;
  /** Milliseconds from the acknowledgement; undefined: it was not read back. */
  readonly readableAfterMs: number | undefined;
}

export interface Diagnosis {
  readonly findings: readonly Finding[];
  readonly trace: TestTrace | undefined;
}

/** Looks at everything between this process and a readable trace, in order, and tells each finding at once. */
export class Doctor {
  private readonly settings: OptionsResult;
  private readonly options: ResolvedOptions;
  private readonly timeoutMs: number;
  private readonly tell: (finding: Finding) => void;
  private readonly findings: Finding[] = [];
  private readonly api: StudioApi | undefined;
  private probe: RedisProbe | undefined;

  constructor(settings: OptionsResult, timeoutMs: number, tell: (finding: Finding) => void) {
    this.settings = settings;
    this.options = settings.options;
    this.timeoutMs = timeoutMs;
    this.tell = tell;
    const { apiUrl, apiKey } = settings.options;
    const patienceMs = Math.max(LEAST_PATIENCE_MS, timeoutMs);
    this.api = apiUrl === undefined ? undefined : new StudioApi(apiUrl, apiKey, patienceMs);
  }

  async examine(): Promise<Diagnosis> {
    // The SDK's connections let a process end; this one has nothing else to live for.
    const alive = setInterval(() => undefined, 60_000);
    try {
      this.add(examineNode(), ...examineSettings(this.settings));
      const server = await this.examineServer();
      const redis = await this.examineRedis(server?.config?.streamName ?? this.options.streamName);
      this.add(
        examineClocks([
          { whose: 'the server', aheadMs: server?.aheadMs },
          { whose: 'Redis', aheadMs: redis?.aheadMs },
        ]),
      );
      this.add(examineSwitch(server?.config, redis?.tracing));
      this.add(examineSignature(redis?.tracing, this.options));
      const elsewhere = examineWhereabouts(server?.config, redis?.tracing, this.options);
      if (elsewhere !== undefined) this.add(elsewhere);
      else if (this.options.redisUrl !== undefined) this.add(examineStreamName(server?.config, this.options));
      await this.examinePipeline(server, redis);
      return { findings: this.findings, trace: await this.tryTrace() };
    } finally {
      clearInterval(alive);
      this.probe?.close();
    }
  }

  private add(...findings: (Finding | undefined)[]): void {
    for (const finding of findings) {
      if (finding === undefined) continue;
      this.findings.push(finding);
      this.tell(finding);
    }
  }

  private get isBlocked(): boolean {
    return this.findings.some(({ blocksTrace }) => blocksTrace === true);
  }

  private async examineServer(): Promise<ApiExamination | undefined> {
    if (this.api === undefined) {
      this.add(skipped('API', 'has no address'));
      return undefined;
    }
    const examination = await examineApi(this.api, this.options, this.settings.usable);
    this.add(...examination.findings);
    return examination;
  }

  private async examineRedis(serverStream: string): Promise<RedisExamination | undefined> {
    const { redisUrl } = this.options;
    if (redisUrl === undefined) return undefined;
    const probe = new RedisProbe(redisUrl);
    const connection = await examineConnection(probe, redisUrl);
    this.add(connection);
    if (connection.outcome !== 'ok') {
      probe.close();
      return undefined;
    }
    this.probe = probe;
    const examination = await examineRedis(probe, this.options, serverStream);
    this.add(...examination.findings);
    return examination;
  }

  private async examinePipeline(
    server: ApiExamination | undefined,
    redis: RedisExamination | undefined,
  ): Promise<void> {
    const { probe, options } = this;
    if (probe === undefined) this.add(examineServerRoom(server?.config));
    else this.add(await examineRoom(probe, options, redis?.tracing?.applied));
    // Of another stream than the server's nothing useful can be said.
    if (this.isBlocked) return;
    const pipeline = this.api === undefined ? undefined : await readPipeline(this.api);
    if (pipeline !== undefined) this.add(...examinePipeline(pipeline, options.streamName));
    else if (probe !== undefined) this.add(await examineReaders(probe, options));
  }

  private async tryTrace(): Promise<TestTrace | undefined> {
    if (this.isBlocked) {
      this.add(skipped('test trace', 'not sent: mend what is marked above first'));
      return undefined;
    }
    const { options, api, probe, timeoutMs } = this;
    const sent = await sendTestTrace(options, Math.max(timeoutMs, LEAST_PATIENCE_MS));
    const { traceId } = sent;
    if (api !== undefined && options.apiKey !== undefined && !sent.isVerified) {
      const said = sent.complaints.join('; ');
      const remedy = remedyFor(said) ?? 'see the lines above';
      this.add(warning('heartbeat', `was not answered as it should: ${said}`, remedy));
    }
    if (traceId === undefined || !sent.isAcknowledged) {
      this.add(await explainUnsent(sent, api));
      return undefined;
    }
    const { finding, readableAfterMs } = await awaitArrival(sent, { options, api, probe, timeoutMs });
    this.add(finding);
    const { apiUrl, projectId = '' } = options;
    const url = apiUrl === undefined ? undefined : `${apiUrl}/projects/${projectId}/traces/${traceId}`;
    return { id: traceId, url, readableAfterMs };
  }
}

function examineNode(): Finding {
  const text = `SDK ${SDK_VERSION} on Node ${process.version}, ${process.platform}`;
  const major = Number(process.versions.node.split('.')[0]);
  return major >= OLDEST_NODE ? ok('versions', text) : broken('versions', text, 'use Node 20 or newer');
}
