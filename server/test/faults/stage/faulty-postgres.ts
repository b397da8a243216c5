import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedPostgres, startPostgres } from '../../../tools/embedded-postgres.ts';
import { freePort } from '../../../tools/free-port.ts';

/** `durable`: as people run it. `throwaway`: without fsync, for short runs; it survives the death of processes too. */
export type Durability = 'durable' | 'throwaway';

const START_ATTEMPTS = 5;

/** A postgres that is stopped as if the power had failed, and started again with its data, at its port. */
export class FaultyPostgres {
  readonly port: number;
  private readonly folder: string;
  private readonly durability: Durability;
  private server: EmbeddedPostgres | null;

  private constructor(folder: string, durability: Durability, server: EmbeddedPostgres) {
    this.folder = folder;
    this.durability = durability;
    this.port = server.port;
    this.server = server;
  }

  static async start(folder: string, durability: Durability): Promise<FaultyPostgres> {
    return new FaultyPostgres(folder, durability, await launch(folder, durability, await freePort()));
  }

  get url(): string {
    return `postgres://studio@127.0.0.1:${String(this.port)}/studio`;
  }

  /** What `pg_ctl stop -m immediate` does: SIGQUIT, no checkpoint; the next start recovers from the log. */
  async stopImmediately(): Promise<void> {
    const { server } = this;
    if (server === null) return;
    this.server = null;
    process.kill(server.pid, 'SIGQUIT');
    await server.stop();
  }

  /** Resolves when it accepts connections again. */
  async startAgain(): Promise<void> {
    this.server ??= await launch(this.folder, this.durability, this.port);
  }

  async restartImmediately(): Promise<void> {
    await this.stopImmediately();
    await this.startAgain();
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }
}

/** Backends of the ended server may hold its memory for a moment longer. */
async function launch(folder: string, durability: Durability, port: number): Promise<EmbeddedPostgres> {
  const options = { dataDir: join(folder, 'postgres'), logFile: join(folder, 'postgres.log') };
  for (let attempt = 1; ; attempt++) {
    try {
      return await startPostgres({ ...options, port, durability });
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
      await sleep(500);
    }
  }
}
