import type { FastifyReply, FastifyRequest } from 'fastify';
import { Injectable } from '@nestjs/common';
import type { EncodableEvent } from 'swisper-studio/contract';
import type { AcceptedAnswer } from './ingest-dto.ts';
import { CommitWatch, type SentEntry } from './commit-watch.ts';
import { HttpIngest } from './http-ingest.ts';

const MAX_WAIT_SECONDS = 10;
const WAIT = /(?:^|[,;\s])wait\s*=\s*(\d{1,4})(?:$|[,;\s])/i;

/** Seconds a `Prefer: wait=N` header asks for, at most 10; 0 without one. */
export function preferredWaitSeconds(header: string | string[] | undefined): number {
  const match = WAIT.exec([header ?? []].flat().join(','));
  return match === null ? 0 : Math.min(Number(match[1]), MAX_WAIT_SECONDS);
}

/** Publishes what a request brought, and waits for the commit where it prefers that. */
@Injectable()
export class IngestResponse {
  private readonly ingest: HttpIngest;
  private readonly watch: CommitWatch;

  constructor(ingest: HttpIngest, watch: CommitWatch) {
    this.ingest = ingest;
    this.watch = watch;
  }

  /** @param row what the events are about */
  async accept(
    row: { id: string; projectId: string },
    events: readonly EncodableEvent[],
    exchange: { request: FastifyRequest; reply: FastifyReply },
  ): Promise<AcceptedAnswer> {
    await this.waitForCommit(await this.ingest.publish(row.projectId, events), exchange);
    return { id: row.id, project_id: row.projectId, status: 'accepted' };
  }

  /** Waits until an entry is stored where the request prefers that, and says so when it is. */
  async waitForCommit(
    entry: SentEntry,
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  ): Promise<void> {
    const seconds = preferredWaitSeconds(request.headers['prefer']);
    if (seconds > 0 && (await this.watch.isStoredWithin(entry, seconds * 1000))) {
      void reply.header('preference-applied', `wait=${String(seconds)}`);
    }
  }
}
