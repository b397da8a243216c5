export { AuthModule } from './auth.module.ts';
export { FirstRun } from './first-run.ts';
export { Session } from './session.entity.ts';
export { SetupToken } from './setup-token.entity.ts';
export { User } from './user.entity.ts';
