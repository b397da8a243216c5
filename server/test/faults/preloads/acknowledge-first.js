// Preloaded into the server: makes it acknowledge what it read before it is stored. The mistake the checker must find.
import { RedisStreamReader } from '../../../dist/stream-consumer/reading/redis-stream-reader.js';

const { readNew } = RedisStreamReader.prototype;

RedisStreamReader.prototype.readNew = async function (...request) {
  const page = await readNew.apply(this, request);
  await this.acknowledge(page.entries.map(({ id }) => id));
  return page;
};
