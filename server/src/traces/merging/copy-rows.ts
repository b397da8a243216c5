import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/**
 * Sends data to `COPY … FROM STDIN`. One buffer is under way at a time: the stream may not hold any when the database
 * refuses what it got, because then nobody takes them from it.
 * @throws the database's error, with its SQLSTATE; the connection can be used again then
 */
export async function copyRows(client: ClientBase, copySql: string, data: readonly Buffer[]): Promise<void> {
  const stream = client.query(copyFrom(copySql, { highWaterMark: 1 }));
  let refusal: unknown = null;
  await new Promise<void>((resolve, reject) => {
    let next = 0;
    stream.once('finish', resolve);
    stream.on('error', (error) => {
      refusal ??= error;
      reject(error);
    });
    const sendNext = (): void => {
      if (refusal !== null) return;
      const chunk = data[next++];
      if (chunk === undefined) stream.end();
      else stream.write(chunk, sendNext);
    };
    sendNext();
  });
}
