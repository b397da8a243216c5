import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { deriveSigningKey } from 'swisper-studio/contract';
import { ProjectDirectory } from '../../src/projects/index.ts';
import { ApiClient, createProject, field } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { type AppInProcess, MovableClock, startInProcess } from './app-in-process.ts';

const clock = new MovableClock();
let studio: AppInProcess;
let replica: AppInProcess;
let person: ApiClient;

beforeAll(async () => {
  studio = await startInProcess({}, { clock });
  replica = await startInProcess({ DATABASE_URL: studio.databaseUrl, STUDIO_ROLES: 'api' }, { clock });
  person = await ApiClient.signedIn(studio.url);
});
afterAll(async () => {
  await replica.close();
  await studio.close();
});

async function keyWith(
  projectId: string,
  body: object,
): Promise<{ client: ApiClient; secret: string; id: string }> {
  const answer = await person.post(`/projects/${projectId}/keys`, { name: 'key', ...body });
  const secret = field(answer.body, 'secret');
  return { client: ApiClient.withKey(studio.url, secret), secret, id: field(answer.body, 'id') };
}

const beat = (projectId: string) => ({
  project_id: projectId,
  status: 'connected',
  timestamp: new Date().toISOString(),
});

describe('an API key', () => {
  test('is listed newest first, page by page, revoked or not; a foreign cursor is refused', async () => {
    const { id } = await createProject(person);
    const made = [];
    for (let count = 0; count < 4; count += 1) made.unshift((await keyWith(id, { scopes: ['read'] })).id);
    await person.delete(`/projects/${id}/keys/${made[0] ?? ''}`);
    const seen: string[] = [];
    let query = '?limit=2';
    for (let pages = 0; pages < 5 && query !== ''; pages += 1) {
      const { items, next_cursor } = (await person.get(`/projects/${id}/keys${query}`)).body as {
        items: Array<{ id: string }>;
        next_cursor: string | null;
      };
      expect(items.length).toBeLessThanOrEqual(2);
      seen.push(...items.map((item) => item.id));
      query = next_cursor === null ? '' : `?limit=2&cursor=${next_cursor}`;
    }
    expect(seen).toHaveLength(5);
    expect(seen.slice(0, 4)).toEqual(made);
    const foreign = Buffer.from('["x"]').toString('base64url');
    expect(await person.get(`/projects/${id}/keys?cursor=${foreign}`)).toMatchObject({ status: 400 });
  });

  test('is shown once; a hash and a signing key are all that is kept', async () => {
    const project = await createProject(person);
    const keys = await person.get(`/projects/${project.id}/keys`);
    expect(JSON.stringify(keys.body)).not.toContain(project.apiKey);
    expect(keys.body).toMatchObject({
      items: [
        {
          name: 'test',
          prefix: project.apiKey.slice(0, 20),
          scopes: ['ingest', 'read', 'tracing'],
          revoked_at: null,
        },
      ],
      next_cursor: null,
    });
    const rows: unknown = await studio.database.query('SELECT * FROM api_keys');
    expect(JSON.stringify(rows)).not.toContain(project.apiKey);
    const keyId = project.apiKey.split('_')[1] ?? '';
    const found = await studio.app.get(ProjectDirectory).findSigningKey(keyId);
    expect(found).toMatchObject({ projectId: project.id, revokedAt: null, expiresAt: null });
    expect(found?.signingKey).toEqual(deriveSigningKey(project.apiKey));
  });

  test.each(['', 'nonsense', `sws_${'0'.repeat(16)}_${'0'.repeat(72)}`])(
    'that is wrong (%p) is 401 Invalid API key',
    async (secret) => {
      const project = await createProject(person);
      const answer = await ApiClient.withKey(studio.url, secret).post(
        '/projects/heartbeat',
        beat(project.id),
      );
      expect(answer).toMatchObject({ status: 401, body: { detail: 'Invalid API key' } });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    },
  );

  test('with one digit changed is refused', async () => {
    const { id, apiKey } = await createProject(person);
    const changed = apiKey.slice(0, 30) + (apiKey[30] === '0' ? '1' : '0') + apiKey.slice(31);
    expect((await ApiClient.withKey(studio.url, changed).get(`/projects/${id}`)).status).toBe(401);
  });

  test('works as a bearer token too, and none at all is 401', async () => {
    const project = await createProject(person);
    const send = (headers: Record<string, string>) =>
      fetch(`${studio.url}/api/v1/projects/heartbeat`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(beat(project.id)),
      });
    expect((await send({ authorization: `Bearer ${project.apiKey}` })).status).toBe(200);
    expect((await send({ authorization: `Basic ${project.apiKey}` })).status).toBe(401);
    expect((await send({})).status).toBe(401);
  });

  test('that is revoked is refused here at once and by another replica within 10 s', async () => {
    const project = await createProject(person);
    const key = await keyWith(project.id, { scopes: ['read'] });
    const elsewhere = ApiClient.withKey(replica.url, key.secret);
    expect((await elsewhere.get(`/projects/${project.id}`)).status).toBe(200);
    expect((await person.delete(`/projects/${project.id}/keys/${key.id}`)).body).toEqual({ status: 'ok' });
    expect((await key.client.get(`/projects/${project.id}`)).status).toBe(401);
    clock.forward(5_001);
    expect((await elsewhere.get(`/projects/${project.id}`)).status).toBe(401);
    expect((await person.delete(`/projects/${project.id}/keys/${key.id}`)).status).toBe(200);
  });

  test('works until it expires, and cannot expire in the past', async () => {
    const project = await createProject(person);
    const expiresAt = new Date(clock.nowMs() + 60_000).toISOString();
    const key = await keyWith(project.id, { scopes: ['read'], expires_at: expiresAt });
    expect((await key.client.get(`/projects/${project.id}`)).status).toBe(200);
    clock.forward(60_001);
    expect((await key.client.get(`/projects/${project.id}`)).status).toBe(401);
    const past = await person.post(`/projects/${project.id}/keys`, {
      name: 'x',
      scopes: ['read'],
      expires_at: expiresAt,
    });
    expect(past).toMatchObject({ status: 400, body: { errors: [{ field: 'expires_at' }] } });
  });

  test('notes its last use at most once a minute', async () => {
    const project = await createProject(person);
    const client = ApiClient.withKey(studio.url, project.apiKey);
    const lastUse = async () => {
      const rows: Array<{ last_used_at: Date | null }> = await studio.database.query(
        'SELECT last_used_at FROM api_keys WHERE project_id = $1',
        [project.id],
      );
      return rows[0]?.last_used_at?.getTime() ?? null;
    };
    await client.get(`/projects/${project.id}`);
    const first = await eventually(lastUse, (time) => time !== null);
    clock.forward(30_000);
    await client.get(`/projects/${project.id}`);
    clock.forward(31_000);
    await client.get(`/projects/${project.id}`);
    const second = await eventually(lastUse, (time) => time !== first);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(60_000);
  });
});

describe('a key\u2019s reach', () => {
  test('ends at its project: others are 404, listed nowhere, and look as if they did not exist', async () => {
    const [mine, other] = [await createProject(person), await createProject(person)];
    const client = ApiClient.withKey(studio.url, mine.apiKey);
    const unknown = randomUUID();
    for (const id of [other.id, unknown]) {
      for (const answer of [
        await client.post('/projects/heartbeat', beat(id)),
        await client.get(`/projects/${id}`),
        await client.get(`/projects/${id}/tracing`),
        await client.patch(`/projects/${id}/tracing`, { tracing_enabled: false }),
        await client.get(`/projects/${id}/tracing/history`),
      ]) {
        expect(answer).toMatchObject({ status: 404, body: { detail: 'Project not found' } });
      }
    }
    expect(await client.get('/projects')).toMatchObject({
      body: { items: [{ id: mine.id }], next_cursor: null },
    });
    expect(await client.get('/projects/connection-status')).toMatchObject({
      body: [{ project_id: mine.id }],
    });
    expect((await person.get(`/projects/${other.id}`)).body).toMatchObject({ tracing_enabled: true });
  });

  test('ends at its scopes, and the answer names the missing one', async () => {
    const project = await createProject(person);
    const { client } = await keyWith(project.id, { scopes: ['read'] });
    const heartbeat = await client.post('/projects/heartbeat', beat(project.id));
    expect(heartbeat).toMatchObject({
      status: 403,
      body: { detail: 'The API key lacks the scope "ingest"' },
    });
    const turn = await client.patch(`/projects/${project.id}/tracing`, { tracing_enabled: false });
    expect(turn).toMatchObject({ status: 403, body: { detail: 'The API key lacks the scope "tracing"' } });
    const writer = await keyWith(project.id, { scopes: ['ingest'] });
    const read = await writer.client.get(`/projects/${project.id}`);
    expect(read).toMatchObject({ status: 403, body: { detail: 'The API key lacks the scope "read"' } });
  });

  test('does not include what people do', async () => {
    const { id, apiKey } = await createProject(person);
    const client = ApiClient.withKey(studio.url, apiKey);
    for (const answer of [
      await client.post('/projects', { name: 'x' }),
      await client.patch(`/projects/${id}`, { name: 'x' }),
      await client.delete(`/projects/${id}`),
      await client.get(`/projects/${id}/keys`),
      await client.post(`/projects/${id}/keys`, { name: 'x', scopes: ['read'] }),
      await client.get('/auth/me'),
    ]) {
      expect(answer.status).toBe(403);
    }
  });

  test('ends with its project', async () => {
    const { id, apiKey } = await createProject(person);
    const client = ApiClient.withKey(studio.url, apiKey);
    expect((await client.get(`/projects/${id}`)).status).toBe(200);
    expect((await person.delete(`/projects/${id}`)).body).toEqual({ status: 'ok' });
    expect(await client.get(`/projects/${id}`)).toMatchObject({
      status: 404,
      body: { detail: 'Project not found' },
    });
    expect((await person.get(`/projects/${id}`)).status).toBe(404);
    expect((await person.delete(`/projects/${id}`)).status).toBe(404);
  });
});
