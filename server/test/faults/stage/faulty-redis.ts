import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedRedis, startRedis } from '../../../tools/embedded-redis.ts';
import { freePort } from '../../../tools/free-port.ts';

/** A redis-server with AOF everysec that is killed, frozen and started again with its data, at its port. */
export class FaultyRedis {
  readonly port: number;
  private readonly folder: string;
  private server: EmbeddedRedis;

  private constructor(folder: string, port: number, server: EmbeddedRedis) {
    this.folder = folder;
    this.port = port;
    this.server = server;
  }

  static async start(folder: string): Promise<FaultyRedis> {
    const port = await freePort();
    return new FaultyRedis(folder, port, await launch(folder, port));
  }

  /** kill -9, a pause, and again with the same AOF. */
  async killAndRestart(downMs = 0): Promise<void> {
    process.kill(this.server.pid, 'SIGKILL');
    await this.server.stop();
    await sleep(downMs);
    this.server = await launch(this.folder, this.port);
  }

  /** Stops the process as a whole (SIGSTOP) for a while: connections stay, nothing answers. */
  async freeze(ms: number): Promise<void> {
    process.kill(this.server.pid, 'SIGSTOP');
    await sleep(ms);
    process.kill(this.server.pid, 'SIGCONT');
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

function launch(folder: string, port: number): Promise<EmbeddedRedis> {
  return startRedis({ dataDir: join(folder, 'redis'), logFile: join(folder, 'redis.log'), port });
}
