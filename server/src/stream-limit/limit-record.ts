import type { StreamRoom } from 'swisper-studio/contract';

/** What is kept in Redis of a measurement, for the processes whose turn it was not. */
export function limitRecordText({ bytes, limitBytes, isFull }: StreamRoom): string {
  return JSON.stringify({ bytes, limit_bytes: limitBytes, full: isFull });
}

/** Null for anything else. */
export function parseLimitRecord(text: string | null): StreamRoom | null {
  const record = parseObject(text ?? '');
  const [bytes, limitBytes, isFull] = ['bytes', 'limit_bytes', 'full'].map((name) => record?.[name]);
  if (typeof bytes !== 'number' || typeof limitBytes !== 'number' || typeof isFull !== 'boolean') return null;
  return { bytes, limitBytes, isFull };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
