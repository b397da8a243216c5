import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { ApiCookieAuth, ApiSecurity } from '@nestjs/swagger';
import { DomainError } from '../kernel/domain-error.ts';

/** What an API key may do: send data, read data, turn the tracing switch. */
export const KEY_SCOPES = ['ingest', 'read', 'tracing'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

export interface PersonPrincipal {
  kind: 'person';
  userId: string;
  email: string;
  name: string;
  role: 'admin';
}

export interface KeyPrincipal {
  kind: 'key';
  /** The public half, as in a signed entry's `key_id`. */
  keyId: string;
  /** The only project it may touch. */
  projectId: string;
  scopes: readonly KeyScope[];
}

/** Who is asking. */
export type Principal = PersonPrincipal | KeyPrincipal;

/** Who may use a route: signed-in people, programs with a key of this scope, or both. */
export interface AccessRule {
  people?: true;
  key?: KeyScope;
}

export const PUBLIC_ROUTE = 'studio:public';
export const ACCESS_RULE = 'studio:access';

/** Anybody may use this route. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC_ROUTE, true);

/** Who may use this route. A route with neither this nor `@Public()` is refused to everybody. */
export function Access(rule: AccessRule): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(ACCESS_RULE, rule),
    ...(rule.people ? [ApiCookieAuth('session')] : []),
    ...(rule.key ? [ApiSecurity('apiKey'), ApiSecurity('bearer')] : []),
  );
}

/** Requests carry their principal here once the guard has let them in. */
const principals = new WeakMap<object, Principal>();

export function setPrincipal(request: object, principal: Principal): void {
  principals.set(request, principal);
}

export function principalOf(request: object): Principal | null {
  return principals.get(request) ?? null;
}

/** The {@link Principal} of the request, as a handler's parameter. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const principal = principalOf(context.switchToHttp().getRequest<object>());
  if (principal === null) throw new DomainError('unauthenticated', 'Not signed in');
  return principal;
});
