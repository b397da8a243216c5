import { rmSync } from 'node:fs';

export default async function globalTeardown() {
  const services = globalThis.studioTestServices;
  if (services === undefined) return;
  await Promise.all([services.redis.stop(), services.postgres.stop()]);
  rmSync(services.folder, { recursive: true, force: true });
  delete globalThis.studioTestServices;
}
