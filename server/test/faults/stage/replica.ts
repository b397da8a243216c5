import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TiedProcess, spawnTied } from '../../../tools/child-process.ts';
import type { ConsumerPoint } from '../../../src/stream-consumer/consumer-diagnostics.ts';
import { eventually } from '../../harness/eventually.ts';
import { MomentLog } from './moment-log.ts';

const MAIN = join(import.meta.dirname, '../../../dist/main.js');
const PRELOADS = join(import.meta.dirname, '../preloads');

const SHORT_LIFE_MS = 300;
const PAUSE_MS = 500;

export interface ReplicaOptions {
  readonly name: string;
  /** Where it keeps its logs. */
  readonly folder: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Files in `preloads/` that change how it behaves. */
  readonly preloads?: readonly string[];
}

export interface Life {
  readonly spawnedAtMs: number;
  readonly moments: MomentLog;
  readonly process: TiedProcess;
  end: { code: number | null; signal: NodeJS.Signals | null; atMs: number } | null;
}

/** A built server as a process of its own that whoever looks after it starts again at once whenever it ends. */
export class Replica {
  readonly name: string;
  readonly url: string;
  readonly lives: Life[] = [];
  private readonly options: ReplicaOptions;
  private isWanted = true;

  private constructor(options: ReplicaOptions) {
    this.options = options;
    this.name = options.name;
    this.url = `http://127.0.0.1:${String(options.port)}`;
  }

  /** It is starting when this returns. */
  static start(options: ReplicaOptions): Replica {
    const replica = new Replica(options);
    replica.spawn();
    return replica;
  }

  get life(): Life {
    const life = this.lives.at(-1);
    if (life === undefined) throw new Error('The replica was never started');
    return life;
  }

  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** Resolves when the present process has stored something. */
  async hasCommitted(timeoutMs = 600_000): Promise<void> {
    const hasIt = ({ end, moments }: Life): boolean => end === null && moments.first('after-commit') !== null;
    await eventually(() => hasIt(this.life), Boolean, timeoutMs);
  }

  /** kill -9; a new process is spawned unless `leave` was called. @returns the life it ended */
  async kill(): Promise<Life> {
    const { life } = this;
    life.process.process.kill('SIGKILL');
    await life.process.ended;
    return life;
  }

  /** Lets the process die at the next moment of that name, and waits for it. @returns the life it ended */
  async killAt(point: ConsumerPoint, timeoutMs = 600_000): Promise<Life> {
    const { life } = this;
    writeFileSync(this.strikeFile, point);
    await eventually(() => life.end !== null, Boolean, timeoutMs).finally(() =>
      rmSync(this.strikeFile, { force: true }),
    );
    return life;
  }

  /** Stops the process as a whole (SIGSTOP) for a while. */
  async freeze(ms: number): Promise<void> {
    const { life } = this;
    life.process.process.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, ms));
    life.process.process.kill('SIGCONT');
  }

  /** SIGTERM. @returns how it ended, and after how many ms */
  async terminate(graceMs = 120_000): Promise<{ code: number | null; tookMs: number }> {
    const { life } = this;
    const startedAt = performance.now();
    await life.process.stop(graceMs);
    const { code } = await life.process.ended;
    return { code, tookMs: performance.now() - startedAt };
  }

  /** From now on it is not started again when it ends. */
  leave(): void {
    this.isWanted = false;
  }

  /** Takes back `leave`: starts it when it has ended. */
  bringBack(): void {
    this.isWanted = true;
    if (this.life.end !== null) this.spawn();
  }

  /** Whether the probe says yes; false while it does not answer. */
  async answers(probe: 'live' | 'ready', timeoutMs = 5_000): Promise<boolean> {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(`${this.url}/health/${probe}`, { signal }).catch(() => undefined);
    return answer?.status === 200;
  }

  /** Resolves when it is ready for work. */
  async answersReady(timeoutMs = 600_000): Promise<void> {
    await eventually(() => this.answers('ready'), Boolean, timeoutMs);
  }

  /** Ends it for good; kill -9 after a while. */
  async end(): Promise<void> {
    this.leave();
    await this.life.process.stop(60_000);
  }

  private get strikeFile(): string {
    return join(this.options.folder, `${this.name}.strike`);
  }

  private get logFile(): string {
    return join(this.options.folder, `${this.name}.log`);
  }

  private spawnAfter(ended: Life): void {
    if (this.isWanted && this.life === ended) this.spawn();
  }

  private spawn(): void {
    const { environment, folder, port, preloads = [] } = this.options;
    rmSync(this.strikeFile, { force: true });
    const momentsFile = join(folder, `${this.name}-${String(this.lives.length)}.moments`);
    const imports = ['moments.js', ...preloads].flatMap((file) => ['--import', join(PRELOADS, file)]);
    const life: Life = {
      spawnedAtMs: Date.now(),
      moments: new MomentLog(momentsFile),
      process: spawnTied(process.execPath, [...imports, MAIN], {
        logFile: this.logFile,
        env: {
          PATH: process.env['PATH'],
          PORT: String(port),
          FAULT_MOMENTS_FILE: momentsFile,
          FAULT_STRIKE_FILE: this.strikeFile,
          ...environment,
        },
      }),
      end: null,
    };
    this.lives.push(life);
    void life.process.ended.then((end) => {
      life.end = { ...end, atMs: Date.now() };
      // One that cannot start must not keep the machine busy.
      if (life.end.atMs - life.spawnedAtMs >= SHORT_LIFE_MS) this.spawnAfter(life);
      else setTimeout(() => this.spawnAfter(life), PAUSE_MS);
    });
  }
}
