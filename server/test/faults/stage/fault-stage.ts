import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { databaseUrl, onServer } from '../../harness/template-database.ts';
import { type Durability, FaultyPostgres } from './faulty-postgres.ts';
import { FaultyRedis } from './faulty-redis.ts';
import { Scene, type SceneOptions } from './scene.ts';

/** A Redis and a PostgreSQL that faults may strike, and scenes played on them one after the other. */
export class FaultStage {
  readonly redis: FaultyRedis;
  readonly postgres: FaultyPostgres;
  readonly folder: string;
  private scenes = 0;

  private constructor(folder: string, redis: FaultyRedis, postgres: FaultyPostgres) {
    this.folder = folder;
    this.redis = redis;
    this.postgres = postgres;
  }

  static async open(durability: Durability): Promise<FaultStage> {
    const folder = mkdtempSync(join(tmpdir(), 'swisper-studio-faults-'));
    const [redis, postgres] = await Promise.all([
      FaultyRedis.start(folder),
      FaultyPostgres.start(folder, durability),
    ]);
    return new FaultStage(folder, redis, postgres);
  }

  /** A database, a stream and a project of its own. End one scene before the next. */
  async play<T>(options: SceneOptions, act: (scene: Scene) => Promise<T>): Promise<T> {
    const folder = join(this.folder, `scene-${String(++this.scenes)}`);
    mkdirSync(folder);
    const name = `scene_${randomUUID().replaceAll('-', '')}`;
    await onServer(this.postgres.url, (client) => client.query(`CREATE DATABASE ${name}`));
    const scene = await Scene.set({
      ...options,
      stage: this,
      folder,
      databaseUrl: databaseUrl(this.postgres.url, name),
    });
    try {
      return await act(scene);
    } finally {
      await scene.end();
      await this.postgres.startAgain();
      await onServer(this.postgres.url, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    }
  }

  /** @param keepLogs leaves the folder with logs and data where it is */
  async close({ keepLogs }: { keepLogs: boolean }): Promise<void> {
    await Promise.all([this.redis.stop(), this.postgres.stop()]);
    if (!keepLogs) rmSync(this.folder, { recursive: true, force: true });
  }
}
