import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedRedis, startRedis } from '../../server/tools/embedded-redis.ts';

/** A real redis-server that a test may stop and start again on the same port with the same data. */
export class RedisProcess {
  private readonly folder = mkdtempSync(join(tmpdir(), 'swisper-sdk-redis-'));
  private server: EmbeddedRedis | undefined;
  private port: number | undefined;

  get url(): string {
    return `redis://127.0.0.1:${String(this.port)}`;
  }

  get pid(): number {
    return this.server?.pid ?? 0;
  }

  async start(): Promise<void> {
    this.server = await startRedis({
      dataDir: join(this.folder, 'data'),
      logFile: join(this.folder, 'redis.log'),
      ...(this.port === undefined ? {} : { port: this.port }),
    });
    this.port = this.server.port;
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    this.server = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
