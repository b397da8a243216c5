import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ProjectPurge } from '../../src/projects/project-purge.ts';
import { ProjectDirectory } from '../../src/projects/index.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { type AppInProcess, MovableClock, startInProcess } from './app-in-process.ts';

const clock = new MovableClock();
let studio: AppInProcess;
let person: ApiClient;

beforeAll(async () => {
  studio = await startInProcess({ STUDIO_ROLES: 'api' }, { clock });
  person = await ApiClient.signedIn(studio.url);
});
afterAll(() => studio.close());

test('a project is made, read, changed field by field, and deleted', async () => {
  const made = await person.post('/projects', { name: 'One', time_zone: 'Europe/Zurich', description: null });
  expect(made).toMatchObject({
    status: 201,
    body: {
      name: 'One',
      description: null,
      environment: null,
      time_zone: 'Europe/Zurich',
      tracing_enabled: true,
      tracing_version: 1,
      require_signature: false,
      signed_since: null,
      retention_days: null,
    },
  });
  const { id } = made.body as { id: string };
  expect((await person.get(`/projects/${id.toUpperCase()}`)).body).toEqual(made.body);
  await person.patch(`/projects/${id}`, { description: 'What it is' });
  expect(await person.patch(`/projects/${id}`, { require_signature: true })).toMatchObject({
    status: 200,
    body: { name: 'One', description: 'What it is', time_zone: 'Europe/Zurich', require_signature: true },
  });
  const retention = (retention_days: number | null) => person.patch(`/projects/${id}`, { retention_days });
  expect(await retention(30)).toMatchObject({ status: 200, body: { name: 'One', retention_days: 30 } });
  expect(await retention(null)).toMatchObject({ status: 200, body: { name: 'One', retention_days: null } });
  expect((await person.delete(`/projects/${id}`)).body).toEqual({ status: 'ok' });
  expect(await person.get(`/projects/${id}`)).toMatchObject({
    status: 404,
    body: { detail: 'Project not found' },
  });
});

test('projects are listed newest first, page by page, without gaps or repetitions', async () => {
  const made: string[] = [];
  for (let count = 0; count < 5; count += 1) made.push((await createProject(person, `P${count}`)).id);
  const seen: string[] = [];
  let query = '?limit=2';
  for (let pages = 0; pages < 10 && query !== ''; pages += 1) {
    const { items, next_cursor } = (await person.get(`/projects${query}`)).body as {
      items: Array<{ id: string }>;
      next_cursor: string | null;
    };
    seen.push(...items.map((item) => item.id));
    query = next_cursor === null ? '' : `?limit=2&cursor=${next_cursor}`;
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.filter((id) => made.includes(id))).toEqual(made.reverse());
});

test('the first valid signed entry closes a project to unsigned ones, and an admin\u2019s revert stays', async () => {
  const { id } = await createProject(person);
  const directory = studio.app.get(ProjectDirectory);
  const at = new Date('2026-01-15T12:00:00Z');
  await directory.markSigned(studio.database.manager, id, at);
  directory.evict(id);
  expect(await directory.find(id)).toMatchObject({ requireSignature: true, signedSince: at });
  await person.patch(`/projects/${id}`, { require_signature: false });
  await directory.markSigned(studio.database.manager, id, new Date());
  directory.evict(id);
  expect(await directory.find(id)).toMatchObject({ requireSignature: false, signedSince: at });
});

test('a deleted project\u2019s data goes in the background, in pieces, and nobody else\u2019s', async () => {
  const [gone, kept] = [await createProject(person), await createProject(person)];
  for (const { id } of [gone, kept]) {
    await studio.database.query(
      `INSERT INTO traces (project_id, id, start_time, received_at, last_received_at)
       SELECT $1, gen_random_uuid(), now(), now(), now() FROM generate_series(1, 5001)`,
      [id],
    );
    await studio.database.query(
      `INSERT INTO observation_payloads (project_id, trace_id, observation_id, kind, body, bytes, version)
       VALUES ($1, $2, $2, 'input', '{}', 2, '')`,
      [id, randomUUID()],
    );
  }
  const count = async (id: string) => {
    const rows: Array<{ n: number }> = await studio.database.query(
      `SELECT (SELECT count(*) FROM traces WHERE project_id = $1)::int
        + (SELECT count(*) FROM observation_payloads WHERE project_id = $1)::int
        + (SELECT count(*) FROM api_keys WHERE project_id = $1)::int
        + (SELECT count(*) FROM projects WHERE id = $1)::int AS n`,
      [id],
    );
    return rows[0]?.n;
  };
  await person.delete(`/projects/${gone.id}`);
  const purge = studio.app.get(ProjectPurge);
  await purge.run(new AbortController().signal);
  expect(await count(gone.id)).toBe(5_004);
  clock.forward(61_000);
  await purge.run(AbortSignal.abort());
  expect(await count(gone.id)).toBe(5_004);
  await purge.run(new AbortController().signal);
  expect(await count(gone.id)).toBe(0);
  expect(await count(kept.id)).toBe(5_004);
});
