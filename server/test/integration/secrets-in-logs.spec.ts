import { expect, test } from '@jest/globals';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { startServer } from '../harness/server-process.ts';

const CANARY = 'canary-7f3a9c-secret';

test('what people and programs keep secret is in no log, whatever they do with it', async () => {
  const server = await startServer({
    environment: { LOG_LEVEL: 'trace', STUDIO_ADMIN_PASSWORD: CANARY, STUDIO_SECRET: `${CANARY}-${CANARY}` },
  });
  const anybody = ApiClient.anonymous(server.url);
  await anybody.post('/auth/login', { email: 'admin@example.com', password: `${CANARY}-wrong` });
  await anybody.get(`/auth/setup?token=${CANARY}`);
  await fetch(`${server.url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"password": "${CANARY}`,
  });
  const login = await anybody.post('/auth/login', { email: 'admin@example.com', password: CANARY });
  const session = /=([\w-]+)/.exec(login.headers.getSetCookie()[0] ?? '')?.[1] ?? '';
  const person = await ApiClient.signedIn(server.url, { email: 'admin@example.com', password: CANARY });
  const project = await createProject(person);
  const program = ApiClient.withKey(server.url, project.apiKey);
  await program.post('/projects/heartbeat', {
    project_id: project.id,
    status: CANARY,
    timestamp: 'x',
    host: CANARY,
  });
  await program.get(`/projects/${project.id}?token=${CANARY}`);
  await ApiClient.withKey(server.url, `${project.apiKey}x`).get(`/projects/${project.id}`);
  await server.stop();
  const log = server.log();
  expect(log).toContain('/api/v1/projects/heartbeat');
  for (const secret of [CANARY, session, project.apiKey, project.apiKey.split('_')[2] ?? '']) {
    expect(secret.length).toBeGreaterThan(10);
    expect(log).not.toContain(secret);
  }
});
