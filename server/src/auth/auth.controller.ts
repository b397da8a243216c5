import { Controller, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { Access, CurrentPrincipal, type Principal, Public } from '../http/access.ts';
import { apiPath } from '../http/api-path.ts';
import { STATUS_OK, StatusAnswer } from '../http/status-answer.ts';
import { ConsoleBody, StrictQuery } from '../http/validation.ts';
import { DomainError } from '../kernel/domain-error.ts';
import { Accounts } from './accounts.ts';
import {
  AuthStateAnswer,
  LoginBody,
  SetupBody,
  SetupQuery,
  SetupTokenAnswer,
  SignedInAnswer,
} from './auth-dto.ts';
import { FirstRun } from './first-run.ts';
import { SessionCookie } from './session-cookie.ts';
import { SessionStore } from './session-store.ts';
import { type User } from './user.entity.ts';

@ApiTags('auth')
@Controller(apiPath('auth'))
export class AuthController {
  private readonly accounts: Accounts;
  private readonly firstRun: FirstRun;
  private readonly sessions: SessionStore;
  private readonly cookie: SessionCookie;

  constructor(
    accounts: Accounts,
    firstRun: FirstRun,
    sessions: SessionStore,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.accounts = accounts;
    this.firstRun = firstRun;
    this.sessions = sessions;
    this.cookie = new SessionCookie(settings.publicUrl);
  }

  @Post('login')
  @HttpCode(200)
  @Public()
  @ApiOperation({ summary: 'Signs a person in and sets the session cookie' })
  @ApiOkResponse({ type: SignedInAnswer })
  async login(
    @ConsoleBody() body: LoginBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedInAnswer> {
    const user = await this.accounts.signIn(body.email, body.password, request.ip);
    return this.start(user, request, reply);
  }

  @Post('logout')
  @HttpCode(200)
  @Public()
  @ApiOperation({ summary: 'Ends the session, if there is one' })
  @ApiOkResponse({ type: StatusAnswer })
  async logout(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StatusAnswer> {
    await this.endPresent(request);
    this.cookie.clear(reply);
    return STATUS_OK;
  }

  @Get('me')
  @Access({ people: true })
  @ApiOperation({ summary: 'Who is signed in' })
  @ApiOkResponse({ type: SignedInAnswer })
  me(@CurrentPrincipal() principal: Principal): SignedInAnswer {
    if (principal.kind !== 'person') throw new DomainError('unauthenticated', 'Not signed in');
    const { userId, email, name, role } = principal;
    return { user: { id: userId, email, name, role } };
  }

  @Get('state')
  @Public()
  @ApiOperation({ summary: 'Whether the first account is still to be made' })
  @ApiOkResponse({ type: AuthStateAnswer })
  async state(): Promise<AuthStateAnswer> {
    return { needs_setup: !(await this.accounts.hasAny()) };
  }

  @Get('setup')
  @Public()
  @ApiOperation({ summary: 'Whether a set-up link can still be used' })
  @ApiOkResponse({ type: SetupTokenAnswer })
  async checkSetup(@StrictQuery() query: SetupQuery): Promise<SetupTokenAnswer> {
    await this.firstRun.check(query.token);
    return { valid: true };
  }

  @Post('setup')
  @HttpCode(200)
  @Public()
  @ApiOperation({ summary: 'Makes the first account, once, and signs it in' })
  @ApiOkResponse({ type: SignedInAnswer })
  async setUp(
    @ConsoleBody() body: SetupBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedInAnswer> {
    const name = body.name ?? body.email.split('@')[0] ?? body.email;
    const user = await this.firstRun.setUp({ ...body, name });
    return this.start(user, request, reply);
  }

  /** A new session for every sign-in; the one the browser had is over. */
  private async start(user: User, request: FastifyRequest, reply: FastifyReply): Promise<SignedInAnswer> {
    await this.endPresent(request);
    const origin = { ip: request.ip, userAgent: request.headers['user-agent'] };
    this.cookie.write(reply, await this.sessions.open(user.id, origin));
    return { user: { id: user.id, email: user.email, name: user.name, role: 'admin' } };
  }

  private async endPresent(request: FastifyRequest): Promise<void> {
    const token = this.cookie.read(request);
    if (token !== null) await this.sessions.close(token);
  }
}
