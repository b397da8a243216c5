import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Startup } from '../../kernel/startup.ts';
import { ServerSigningKey } from './server-signing-key.ts';

/** Reads the server's signing key as soon as there is a database: HTTP ingest must not need one later. */
@Injectable()
export class KnownSigningKey implements OnApplicationBootstrap {
  private readonly signingKey: ServerSigningKey;
  private readonly startup: Startup;

  constructor(signingKey: ServerSigningKey, startup: Startup) {
    this.signingKey = signingKey;
    this.startup = startup;
  }

  onApplicationBootstrap(): void {
    // Where it fails, the first request that needs it tries again.
    void this.startup.whenReady().then(() => this.signingKey.signingKey().catch(() => undefined));
  }
}
