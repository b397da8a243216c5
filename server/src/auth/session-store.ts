import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { createHash, randomBytes } from 'node:crypto';
import { DataSource, LessThan, type Repository } from 'typeorm';
import { JobScheduler } from '../database/job-scheduler.ts';
import { type PersonPrincipal } from '../http/access.ts';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { Session } from './session.entity.ts';

export const IDLE_MS = 8 * 3_600_000;
export const ABSOLUTE_MS = 7 * 24 * 3_600_000;
/** A session's last use is written at most this often. */
const TOUCH_EVERY_MS = 60_000;
const CLEAN_EVERY_MS = 3_600_000;
const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;

export interface SessionOrigin {
  ip: string;
  userAgent: string | undefined;
}

/** Sessions of signed-in people. The browser holds a random token, the database its SHA-256. */
@Injectable()
export class SessionStore implements OnModuleInit {
  private readonly sessions: Repository<Session>;
  private readonly scheduler: JobScheduler;
  private readonly clock: Clock;

  constructor(dataSource: DataSource, scheduler: JobScheduler, @Inject(CLOCK) clock: Clock) {
    this.sessions = dataSource.getRepository(Session);
    this.scheduler = scheduler;
    this.clock = clock;
  }

  onModuleInit(): void {
    const run = () => this.removeEnded();
    this.scheduler.add({ name: 'remove-ended-sessions', everyMs: CLEAN_EVERY_MS, run });
  }

  /** @returns the new session's token, for the cookie */
  async open(userId: string, origin: SessionOrigin): Promise<string> {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const now = this.clock.now();
    await this.sessions.insert({
      idHash: hashToken(token),
      userId,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: new Date(now.getTime() + ABSOLUTE_MS),
      ip: origin.ip,
      userAgent: origin.userAgent?.replace(/[^\x20-\x7e]/g, '').slice(0, 300) ?? null,
    });
    return token;
  }

  /** Who a token belongs to; null when it is unknown, ended, or was not used for 8 hours. */
  async find(token: string): Promise<PersonPrincipal | null> {
    if (!TOKEN.test(token)) return null;
    const idHash = hashToken(token);
    const session = await this.sessions.findOne({ where: { idHash }, relations: { user: true } });
    const now = this.clock.nowMs();
    if (
      session === null ||
      session.expiresAt.getTime() <= now ||
      session.lastSeenAt.getTime() + IDLE_MS <= now
    ) {
      return null;
    }
    if (session.lastSeenAt.getTime() + TOUCH_EVERY_MS <= now) {
      await this.sessions.update({ idHash }, { lastSeenAt: new Date(now) });
    }
    const { user } = session;
    return { kind: 'person', userId: user.id, email: user.email, name: user.name, role: 'admin' };
  }

  async close(token: string): Promise<void> {
    if (TOKEN.test(token)) await this.sessions.delete({ idHash: hashToken(token) });
  }

  private async removeEnded(): Promise<void> {
    const now = this.clock.nowMs();
    await this.sessions.delete({ expiresAt: LessThan(new Date(now)) });
    await this.sessions.delete({ lastSeenAt: LessThan(new Date(now - IDLE_MS)) });
  }
}

function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
