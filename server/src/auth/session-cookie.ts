import { type CookieSerializeOptions } from '@fastify/cookie';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { ABSOLUTE_MS } from './session-store.ts';

/**
 * The cookie that holds a session's token. Under TLS its name binds it to this host and to https; without TLS browsers
 * would refuse such a name.
 */
export class SessionCookie {
  private readonly name: string;
  private readonly options: CookieSerializeOptions;

  /** @param publicUrl decides whether the console is used over TLS */
  constructor(publicUrl: string) {
    const isTls = publicUrl.startsWith('https:');
    this.name = isTls ? '__Host-studio_session' : 'studio_session';
    this.options = { httpOnly: true, sameSite: 'lax', path: '/', secure: isTls };
  }

  read(request: FastifyRequest): string | null {
    return request.cookies[this.name] ?? null;
  }

  write(reply: FastifyReply, token: string): void {
    void reply.setCookie(this.name, token, { ...this.options, maxAge: ABSOLUTE_MS / 1000 });
  }

  clear(reply: FastifyReply): void {
    void reply.clearCookie(this.name, this.options);
  }
}
