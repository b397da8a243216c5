import { expect, test } from '@jest/globals';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { onServer } from '../harness/template-database.ts';
import { startInProcess } from './app-in-process.ts';

/** A connection that is kept alive would be waited for for 72 s. */
const STOPPED_MS = 60_000;

test('an answer still in the making when the server stops is given, and ends its connection', async () => {
  const studio = await startInProcess({ STUDIO_ROLES: 'api' });
  const { id, apiKey } = await createProject(await ApiClient.signedIn(studio.url));
  const { answer, closing } = await onServer(studio.databaseUrl, async (other) => {
    await other.query('BEGIN');
    await other.query('LOCK TABLE projects IN ACCESS EXCLUSIVE MODE');
    const headers = { 'x-api-key': apiKey };
    const asked = fetch(`${studio.url}/api/v1/projects/${id}/tracing`, { headers });
    await eventually(
      async () =>
        (await other.query("SELECT FROM pg_locks WHERE NOT granted AND relation = 'projects'::regclass"))
          .rowCount,
      (waiting) => waiting === 1,
    );
    const stopping = studio.close();
    await eventually(
      () => studio.app.getHttpServer().listening,
      (isListening) => !isListening,
    );
    await other.query('ROLLBACK');
    return { answer: await asked, closing: stopping };
  });
  const answeredAt = performance.now();
  expect(answer.status).toBe(200);
  expect(answer.headers.get('connection')).toBe('close');
  await closing;
  expect(performance.now() - answeredAt).toBeLessThan(STOPPED_MS);
});
