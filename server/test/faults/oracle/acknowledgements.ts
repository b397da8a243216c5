import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs';

/** What Redis acknowledged of one entry. */
export interface Acknowledgement {
  readonly firstSeq: number;
  readonly events: number;
}

const RECORD_BYTES = 6;

/** Notes an acknowledgement; it is in the file when this returns. */
export function recordAcknowledgement(file: string, { firstSeq, events }: Acknowledgement): void {
  const record = Buffer.alloc(RECORD_BYTES);
  record.writeUInt32LE(firstSeq, 0);
  record.writeUInt16LE(events, 4);
  appendFileSync(file, record);
}

/** How many entries were acknowledged so far. */
export function countAcknowledged(file: string): number {
  return existsSync(file) ? Math.floor(statSync(file).size / RECORD_BYTES) : 0;
}

export function* readAcknowledgements(file: string): Generator<Acknowledgement> {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  for (let at = 0; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES) {
    yield {
      firstSeq: bytes.readUInt32LE(at),
      events: bytes.readUInt16LE(at + 4),
    };
  }
}
