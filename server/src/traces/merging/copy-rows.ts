import type { ClientBase } from 'pg';
import { type CopyStreamQuery, from as copyFrom } from 'pg-copy-streams';

/**
 * Sends data to `COPY … FROM STDIN`.
 * @param data taken as the connection takes it
 * @throws the database's error, with its SQLSTATE; the connection can be used again then
 */
export function copyRows(client: ClientBase, copySql: string, data: Iterable<Buffer>): Promise<void> {
  const stream = client.query(copyFrom(copySql, { highWaterMark: 1 }));
  return new Promise<void>((resolve, reject) => {
    stream.once('finish', resolve);
    sendTo(stream, data[Symbol.iterator](), reject);
  });
}

/**
 * One buffer is under way at a time: the stream may not hold any when the database refuses what it got, because nobody
 * would take them from it any more.
 */
function sendTo(stream: CopyStreamQuery, data: Iterator<Buffer>, reject: (error: unknown) => void): void {
  let isOver = false;
  const fail = (error: unknown): void => {
    isOver = true;
    reject(error);
  };
  const sendNext = (): void => {
    if (isOver) return;
    try {
      const next = data.next();
      if (next.done === true) stream.end();
      else stream.write(next.value, sendNext);
    } catch (error) {
      fail(error);
      stream.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
  stream.on('error', fail);
  sendNext();
}
