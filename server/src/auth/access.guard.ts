import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type FastifyRequest } from 'fastify';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import {
  ACCESS_RULE,
  type AccessRule,
  type Principal,
  principalOf,
  PUBLIC_ROUTE,
  setPrincipal,
} from '../http/access.ts';
import { sentApiKey } from '../http/sent-api-key.ts';
import { DomainError } from '../kernel/domain-error.ts';
import { ApiKeyAuthenticator } from '../projects/index.ts';
import { SessionCookie } from './session-cookie.ts';
import { SessionStore } from './session-store.ts';

/** Lets in whom the route's `@Access` names. A route that says nothing is closed. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly reflector: Reflector;
  private readonly keys: ApiKeyAuthenticator;
  private readonly sessions: SessionStore;
  private readonly cookie: SessionCookie;

  constructor(
    reflector: Reflector,
    keys: ApiKeyAuthenticator,
    sessions: SessionStore,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.reflector = reflector;
    this.keys = keys;
    this.sessions = sessions;
    this.cookie = new SessionCookie(settings.publicUrl);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC_ROUTE, targets)) return true;
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, targets);
    if (rule === undefined) throw new DomainError('forbidden', 'Nobody may use this route');
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    setPrincipal(request, await this.admit(request, rule));
    return true;
  }

  private async admit(request: FastifyRequest, rule: AccessRule): Promise<Principal> {
    const apiKey = sentApiKey(request.headers);
    if (apiKey !== null) return this.admitKey(request, apiKey, rule);
    const token = this.cookie.read(request);
    const person = token === null ? null : await this.sessions.find(token);
    if (rule.people !== true) throw new DomainError('unauthenticated', 'Invalid API key');
    if (person === null) throw new DomainError('unauthenticated', 'Not signed in');
    return person;
  }

  private async admitKey(request: FastifyRequest, apiKey: string, rule: AccessRule): Promise<Principal> {
    // Whoever takes data in was asked for the key before its body was read.
    const key = principalOf(request) ?? (await this.keys.authenticate(apiKey));
    if (key?.kind !== 'key') throw new DomainError('unauthenticated', 'Invalid API key');
    if (rule.key === undefined) {
      throw new DomainError('forbidden', 'This is for signed-in people; an API key cannot do it');
    }
    if (!key.scopes.includes(rule.key)) {
      throw new DomainError('forbidden', `The API key lacks the scope "${rule.key}"`);
    }
    return key;
  }
}
