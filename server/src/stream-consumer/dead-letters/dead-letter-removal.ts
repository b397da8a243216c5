import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { DeadLetterKey } from './dead-letter-id.ts';
import {
  conditionOf,
  type DeadLetterFilter,
  keyArrays,
  NEWEST_FIRST,
  OF_KEYS,
} from './dead-letter-selection.ts';
import { DeadLetterReader } from './dead-letter-reader.ts';
import { retriedTransaction } from './retried-transaction.ts';

const DELETE_KEYS = `DELETE FROM dead_letters AS d USING ${OF_KEYS}`;

/** Deletes dead letters that nobody needs any more. */
@Injectable()
export class DeadLetterRemoval {
  private readonly dataSource: DataSource;
  private readonly reader: DeadLetterReader;

  constructor(dataSource: DataSource, reader: DeadLetterReader) {
    this.dataSource = dataSource;
    this.reader = reader;
  }

  /** @returns how many there were */
  async deleteKeys(keys: readonly DeadLetterKey[]): Promise<number> {
    return this.delete(DELETE_KEYS, keyArrays(keys));
  }

  /** Deletes the newest that match. @returns how many, and how many that match are left */
  async deleteMatching(
    filter: DeadLetterFilter,
    limit: number,
  ): Promise<{ deleted: number; remaining: number }> {
    const { sql, parameters } = conditionOf(filter);
    const deleted = await this.delete(
      `WITH k AS (
         SELECT d.project_id, d.entry_id, d.event_index FROM dead_letters d WHERE ${sql}
         ORDER BY ${NEWEST_FIRST} LIMIT ${String(limit)} FOR UPDATE)
       DELETE FROM dead_letters AS d USING k
       WHERE d.project_id = k.project_id AND d.entry_id = k.entry_id AND d.event_index = k.event_index`,
      [...parameters],
    );
    return { deleted, remaining: await this.reader.count(filter) };
  }

  private delete(sql: string, parameters: unknown[]): Promise<number> {
    return retriedTransaction(this.dataSource, async (manager) => {
      const [, count] = await manager.query<[unknown, number]>(sql, parameters);
      return count;
    });
  }
}
