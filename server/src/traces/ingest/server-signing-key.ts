import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ServerKey } from '../server-key.entity.ts';

const NAME = 'ingest';
const KEY_BYTES = 32;

/** The key that signs what comes in over HTTP, so that the consumer can tell it from what others put on the stream. */
@Injectable()
export class ServerSigningKey {
  /** `key_id` of entries signed with it; no API key has it, theirs are 16 hex characters. */
  readonly keyId = 'server';
  private readonly dataSource: DataSource;
  private loaded: Promise<Buffer> | null = null;

  constructor(dataSource: DataSource) {
    this.dataSource = dataSource;
  }

  /** Made once for all replicas, then remembered. Rejects while the database is away and was never reached. */
  async signingKey(): Promise<Buffer> {
    this.loaded ??= this.load();
    try {
      return await this.loaded;
    } catch (error) {
      this.loaded = null;
      throw error;
    }
  }

  private async load(): Promise<Buffer> {
    const keys = this.dataSource.getRepository(ServerKey);
    const known = await keys.findOneBy({ name: NAME });
    if (known !== null) return known.secret;
    const made = keys.create({ name: NAME, secret: randomBytes(KEY_BYTES) });
    await keys.createQueryBuilder().insert().values(made).orIgnore().execute();
    return (await keys.findOneByOrFail({ name: NAME })).secret;
  }
}
