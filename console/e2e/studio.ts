/** The server's own test harness: a real server process on real PostgreSQL and Redis, and a client of its API. */
export { ApiClient, createProject } from '../../server/test/harness/api-client.ts';
export { eventually } from '../../server/test/harness/eventually.ts';
export { ADMIN, type ServerProcess, startServer } from '../../server/test/harness/server-process.ts';
