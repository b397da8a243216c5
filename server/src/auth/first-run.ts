import { Inject, Injectable, Logger } from '@nestjs/common';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { Accounts } from './accounts.ts';
import { PasswordHasher } from './password-hasher.ts';
import { passwordProblem, requireGoodPassword } from './password-rules.ts';
import { linkIsUsedUp, SetupTokens } from './setup-tokens.ts';
import { type User } from './user.entity.ts';

export interface SetupRequest {
  token: string;
  email: string;
  password: string;
  name: string;
}

/** How the first account comes to be: from the settings, or through a one-time link printed at start. */
@Injectable()
export class FirstRun {
  private readonly log = new Logger('FirstRun');
  private readonly accounts: Accounts;
  private readonly tokens: SetupTokens;
  private readonly hasher: PasswordHasher;
  private readonly settings: Settings;

  constructor(
    accounts: Accounts,
    tokens: SetupTokens,
    hasher: PasswordHasher,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.accounts = accounts;
    this.tokens = tokens;
    this.hasher = hasher;
    this.settings = settings;
  }

  /**
   * Makes sure that somebody can sign in. Does nothing when there is an account.
   * @returns the set-up link to print, or null when none is needed
   * @throws Error when the password in the settings is too easy to guess
   */
  async prepare(): Promise<string | null> {
    if (await this.accounts.hasAny()) return null;
    const { admin, publicUrl } = this.settings;
    if (admin === null) return `${publicUrl}/setup?token=${await this.tokens.issue()}`;
    const problem = passwordProblem(admin.password, admin.email);
    if (problem !== null) throw new Error(`STUDIO_ADMIN_PASSWORD ${problem}`);
    const passwordHash = await this.hasher.hash(admin.password);
    const made = await this.accounts.addFirst({ email: admin.email, passwordHash, name: 'Admin' });
    if (made !== null) this.log.log({ email: admin.email }, 'Made the first account from the settings');
    return null;
  }

  /** @throws DomainError `not_found` for an unknown token, `gone` for one that was used or is too old */
  async check(token: string): Promise<void> {
    await this.tokens.requireUsable(token);
    if (await this.accounts.hasAny()) throw linkIsUsedUp();
  }

  /** Uses the link. Two who use it at the same time: one gets the account, the other `gone`. */
  async setUp({ token, email, password, name }: SetupRequest): Promise<User> {
    await this.check(token);
    requireGoodPassword(password, email);
    const passwordHash = await this.hasher.hash(password);
    const made = await this.accounts.addFirst({ email, passwordHash, name }, (manager) =>
      this.tokens.markUsed(manager, token),
    );
    if (made === null) throw linkIsUsedUp();
    return made;
  }
}
