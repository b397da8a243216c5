import { type FastifyInstance } from 'fastify';
import { type Role } from '../config/settings.ts';
import { DomainError } from '../kernel/domain-error.ts';
import { type Startup } from '../kernel/startup.ts';

/** Health and metrics: of each process, whatever its roles, also while it starts. */
const PROBE = /^\/(?:health\/|metrics(?:$|\?))/;

/** Until the database is there everything but the probes waits; a process without the API role answers probes only. */
export function addRequestGate(fastify: FastifyInstance, startup: Startup, roles: readonly Role[]): void {
  const isApi = roles.includes('api');
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (PROBE.test(request.url)) done();
    else if (!isApi) done(new DomainError('not_found', 'This process does not serve the API'));
    else if (!startup.isReady) done(new DomainError('unavailable', 'Starting', { retryAfterSeconds: 2 }));
    else done();
  });
}
