import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccessGuard } from './access.guard.ts';
import { Accounts } from './accounts.ts';
import { AuthController } from './auth.controller.ts';
import { FirstRun } from './first-run.ts';
import { LoginThrottle } from './login-throttle.ts';
import { PasswordHasher } from './password-hasher.ts';
import { Session } from './session.entity.ts';
import { SessionStore } from './session-store.ts';
import { SetupToken } from './setup-token.entity.ts';
import { SetupTokens } from './setup-tokens.ts';
import { User } from './user.entity.ts';

/** People, their sessions, and the guard in front of every route. */
@Module({
  imports: [TypeOrmModule.forFeature([User, Session, SetupToken])],
  controllers: [AuthController],
  providers: [
    Accounts,
    FirstRun,
    { provide: LoginThrottle, useFactory: () => new LoginThrottle() },
    PasswordHasher,
    SessionStore,
    SetupTokens,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [FirstRun],
})
export class AuthModule {}
