// Preloaded into the server: once the file is there, storing a batch never ends, neither well nor badly. A bug that no
// dependency is to blame for.
import { existsSync } from 'node:fs';
import { BatchWriter } from '../../../dist/stream-consumer/storing/batch-writer.js';

const { write } = BatchWriter.prototype;

BatchWriter.prototype.write = function (...batch) {
  if (existsSync(process.env.FAULT_WEDGE_FILE)) return new Promise(() => undefined);
  return write.apply(this, batch);
};
