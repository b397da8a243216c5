import { randomUUID } from 'node:crypto';
import { type DropReason, type ProducerCounters } from '../contract/index.ts';

/** Projects whose numbers are remembered; about 4 MB. */
const MAX_ACCOUNTS = 10_000;
/** Where none of them may go, up to this many, and then also those whose last drops nobody was told of. */
const MOST_ACCOUNTS = 2 * MAX_ACCOUNTS;
/** Room is made for so many at once. */
const ROOM = 100;
/** Looked at to make it. */
const LOOKS = 1000;

/** Numbers and counts of one project's events, under one instance id. */
export class ProjectAccount {
  readonly instanceId: string;
  nextSeq = 1;
  accepted = 0;
  merged = 0;
  /** Events in the buffer or in an entry that is on its way. */
  held = 0;
  private readonly dropped = new Map<DropReason, number>();
  private hasUntoldDrops = false;

  constructor(instanceId: string) {
    this.instanceId = instanceId;
  }

  /** Nothing of it waits to be sent. */
  get isIdle(): boolean {
    return this.held === 0;
  }

  /** Nothing of it waits, and the last entry told all there is to tell. */
  get isSettled(): boolean {
    return this.isIdle && !this.hasUntoldDrops;
  }

  drop(reason: DropReason, events = 1): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + events);
    this.hasUntoldDrops = true;
  }

  /** Gives the next entry its numbers. @returns the first of them */
  number(events: number): number {
    const seq = this.nextSeq;
    this.nextSeq += events;
    this.hasUntoldDrops = false;
    return seq;
  }

  counters(configVersion: number): ProducerCounters {
    return {
      accepted: this.accepted,
      merged: this.merged,
      dropped: Object.fromEntries(this.dropped),
      config_version: configVersion,
    };
  }
}

/**
 * The accounts of all projects this process publishes for. A program may publish for any number of them, so accounts that are settled
 * go when there are very many. A project whose account went begins at number 1 under an instance id it never had: under
 * the one before, its events would be taken for those sent already.
 */
export class ProjectAccounts {
  private readonly accounts = new Map<string, ProjectAccount>();
  private readonly own: ProjectAccount | undefined;
  private readonly ownProjectId: string | undefined;
  /** Of the accounts that are opened next. */
  private instanceId: string;
  private fullAt = MAX_ACCOUNTS;

  /**
   * @param instanceId of the process
   * @param ownProjectId the initialised project, whose account always stays: heartbeats tell of it
   */
  constructor(instanceId: string, ownProjectId?: string) {
    this.instanceId = instanceId;
    this.own = ownProjectId === undefined ? undefined : new ProjectAccount(instanceId);
    this.ownProjectId = ownProjectId;
  }

  of(projectId: string): ProjectAccount {
    if (this.own !== undefined && projectId === this.ownProjectId) return this.own;
    return this.accounts.get(projectId) ?? this.open(projectId);
  }

  private open(projectId: string): ProjectAccount {
    if (this.accounts.size >= this.fullAt) this.makeRoom();
    const account = new ProjectAccount(this.instanceId);
    this.accounts.set(projectId, account);
    return account;
  }

  /** Looks at the oldest; those that must stay become the newest. */
  private makeRoom(): void {
    let looks = LOOKS;
    for (const [projectId, account] of this.accounts) {
      if (looks === 0 || this.accounts.size <= MAX_ACCOUNTS - ROOM) break;
      looks -= 1;
      this.accounts.delete(projectId);
      const mayGo = account.isSettled || (account.isIdle && this.accounts.size >= MOST_ACCOUNTS);
      if (!mayGo) this.accounts.set(projectId, account);
      else if (account.nextSeq > 1 && account.instanceId === this.instanceId) this.instanceId = randomUUID();
    }
    this.fullAt = Math.max(MAX_ACCOUNTS, this.accounts.size + ROOM);
  }
}
