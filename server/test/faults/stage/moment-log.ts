import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ConsumerPoint } from '../../../src/stream-consumer/consumer-diagnostics.ts';

interface Passing {
  firstMs: number;
  lastMs: number;
  times: number;
}

/** Where a consumer was, and when (ms since 1970), as `preloads/moments.js` notes it. Reads only what is new. */
export class MomentLog {
  private readonly file: string;
  private readonly passings = new Map<string, Passing>();
  private offset = 0;

  constructor(file: string) {
    this.file = file;
  }

  first(point: ConsumerPoint): number | null {
    this.readOn();
    return this.passings.get(point)?.firstMs ?? null;
  }

  last(point: ConsumerPoint): number | null {
    this.readOn();
    return this.passings.get(point)?.lastMs ?? null;
  }

  times(point: ConsumerPoint): number {
    this.readOn();
    return this.passings.get(point)?.times ?? 0;
  }

  private readOn(): void {
    const text = this.newText();
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    this.offset += Buffer.byteLength(whole);
    for (const line of whole.split('\n')) {
      const [point = '', ms = ''] = line.split(' ');
      if (point !== '') this.note(point, Number(ms));
    }
  }

  private note(point: string, ms: number): void {
    const passing = this.passings.get(point) ?? { firstMs: ms, lastMs: ms, times: 0 };
    this.passings.set(point, { ...passing, lastMs: ms, times: passing.times + 1 });
  }

  private newText(): string {
    let descriptor: number;
    try {
      descriptor = openSync(this.file, 'r');
    } catch {
      return '';
    }
    try {
      const bytes = Buffer.alloc(Math.max(0, fstatSync(descriptor).size - this.offset));
      return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, bytes.length, this.offset));
    } finally {
      closeSync(descriptor);
    }
  }
}
