import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../tools/free-port.ts';
import { ApiClient, createProject } from '../../harness/api-client.ts';
import { eventually } from '../../harness/eventually.ts';
import { databaseUrl, onServer } from '../../harness/template-database.ts';
import { type Durability, FaultyPostgres } from './faulty-postgres.ts';
import { FaultyRedis } from './faulty-redis.ts';
import { Replica } from './replica.ts';
import { Scene, type SceneOptions } from './scene.ts';
import { serverEnvironment } from './server-environment.ts';

const PREPARED = 'prepared';

/** A project with an API key, as the server made it. */
export interface StageProject {
  readonly id: string;
  readonly apiKey: string;
}

/** A Redis and a PostgreSQL that faults may strike, and scenes played on them one after the other. */
export class FaultStage {
  readonly redis: FaultyRedis;
  readonly postgres: FaultyPostgres;
  readonly folder: string;
  readonly project: StageProject;
  private scenes = 0;

  private constructor(parts: {
    folder: string;
    redis: FaultyRedis;
    postgres: FaultyPostgres;
    project: StageProject;
  }) {
    this.redis = parts.redis;
    this.postgres = parts.postgres;
    this.folder = parts.folder;
    this.project = parts.project;
  }

  static async open(durability: Durability): Promise<FaultStage> {
    const folder = mkdtempSync(join(tmpdir(), 'swisper-studio-faults-'));
    const [redis, postgres] = await Promise.all([
      FaultyRedis.start(folder),
      FaultyPostgres.start(folder, durability),
    ]);
    try {
      await onServer(postgres.url, (client) => client.query(`CREATE DATABASE ${PREPARED}`));
      const project = await makeProject(folder, redis.port, databaseUrl(postgres.url, PREPARED));
      return new FaultStage({ folder, redis, postgres, project });
    } catch (error) {
      await Promise.all([redis.stop(), postgres.stop()]);
      throw error;
    }
  }

  /** Plays on a database and a stream of its own. End one scene before the next. */
  async play<T>(options: SceneOptions, act: (scene: Scene) => Promise<T>): Promise<T> {
    const folder = join(this.folder, `scene-${String(++this.scenes)}`);
    mkdirSync(folder);
    const name = `scene_${randomUUID().replaceAll('-', '')}`;
    await onServer(this.postgres.url, (client) =>
      client.query(`CREATE DATABASE ${name} TEMPLATE ${PREPARED}`),
    );
    const url = databaseUrl(this.postgres.url, name);
    const scene = await Scene.set({ ...options, stage: this, folder, databaseUrl: url });
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

/** A server that consumes nothing makes tables, a project and a key: every scene starts with a copy of that. */
async function makeProject(folder: string, redisPort: number, database: string): Promise<StageProject> {
  const environment = serverEnvironment({
    databaseUrl: database,
    redisPort,
    streamName: `observability:events:${PREPARED}`,
  });
  const server = Replica.start({
    name: 'preparing',
    folder,
    port: await freePort(),
    environment: { ...environment, STUDIO_ROLES: 'api' },
  });
  server.leave();
  try {
    const isUp = async (): Promise<boolean> => server.life.end !== null || (await server.answers('ready'));
    await eventually(isUp, Boolean, 600_000);
    if (server.life.end !== null) throw new Error(`The server does not start:\n${server.log()}`);
    return await createProject(await ApiClient.signedIn(server.url));
  } finally {
    await server.end();
  }
}
