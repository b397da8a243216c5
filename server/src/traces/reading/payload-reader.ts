import { Injectable } from '@nestjs/common';
import { isPayloadKind } from 'swisper-studio/contract';
import { DataSource } from 'typeorm';
import { DomainError } from '../../kernel/domain-error.ts';
import { NIL_UUID } from '../../kernel/uuid.ts';
import { isObservedId, observationIdOf } from '../merging/observed-id.ts';
import { asNumber, asText, rowsOf } from '../../database/sql-rows.ts';
import { traceKey } from './trace-reader.ts';

/** Names a payload as a path does. */
export interface PayloadAddress {
  readonly projectId: string;
  /** A UUID, or the id the application sent. */
  readonly trace: string;
  /** Null: of the trace itself. */
  readonly observation: string | null;
  readonly kind: string;
}

/** Size and version of a payload; the version changes whenever its content does. */
export interface PayloadFacts {
  readonly key: readonly string[];
  readonly bytes: number;
  readonly version: string;
}

const WHERE =
  'FROM observation_payloads WHERE project_id = $1 AND trace_id = $2 AND observation_id = $3 AND kind = $4';

/** Reads payloads as the JSON text they were sent as. */
@Injectable()
export class PayloadReader {
  private readonly dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.dataSource = dataSource;
  }

  /** @throws DomainError `not_found` */
  async find(address: PayloadAddress): Promise<PayloadFacts> {
    const key = keyOf(address);
    const sql = `SELECT bytes, encode(version, 'hex') AS version ${WHERE}`;
    const [row] = rowsOf(await this.dataSource.query(sql, [...key]));
    if (row === undefined) throw payloadNotFound();
    return { key, bytes: asNumber(row['bytes']), version: asText(row['version']) ?? '' };
  }

  /** @throws DomainError `not_found` when it was deleted meanwhile */
  async read({ key }: PayloadFacts): Promise<Buffer> {
    const [row] = rowsOf(await this.dataSource.query(`SELECT body::text AS body ${WHERE}`, [...key]));
    if (row === undefined) throw payloadNotFound();
    return Buffer.from(asText(row['body']) ?? '');
  }

  /** Part of it, cut by the database: bytes `start` to `end`, both included. */
  async readPart({ key }: PayloadFacts, { start, end }: { start: number; end: number }): Promise<Buffer> {
    const sql = `SELECT substring(convert_to(body::text, 'UTF8') FROM $5::int FOR $6::int) AS part ${WHERE}`;
    const [row] = rowsOf(await this.dataSource.query(sql, [...key, start + 1, end - start + 1]));
    const part = row?.['part'];
    if (!Buffer.isBuffer(part)) throw payloadNotFound();
    return part;
  }
}

function payloadNotFound(): DomainError {
  return new DomainError('not_found', 'Payload not found');
}

function keyOf({ projectId, trace, observation, kind }: PayloadAddress): readonly string[] {
  const traceId = traceKey(projectId, trace);
  if (!isPayloadKind(kind)) throw payloadNotFound();
  if (observation === null) return [projectId, traceId, NIL_UUID, kind];
  if (!isObservedId(observation)) throw payloadNotFound();
  return [projectId, traceId, observationIdOf(projectId, traceId, observation).id, kind];
}
