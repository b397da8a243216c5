import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TestBed } from '@angular/core/testing';

import { SessionState } from '../api/session-state.ts';
import { Polling } from './polling.ts';

function setHidden(isHidden: boolean): void {
  Object.defineProperty(document, 'hidden', { configurable: true, value: isHidden });
  document.dispatchEvent(new Event('visibilitychange'));
}

describe('polling', () => {
  let states: boolean[];
  let polling: Polling;
  let session: SessionState;

  beforeEach(() => {
    states = [];
    polling = TestBed.inject(Polling);
    session = TestBed.inject(SessionState);
    session.signIn({ id: 'u', email: 'a@example.com', name: 'A', role: 'admin' });
    polling.active$.subscribe((active) => states.push(active));
    TestBed.tick();
  });
  afterEach(() => setHidden(false));

  it('rests while the tab is hidden and goes on when it is seen again', () => {
    setHidden(true);
    setHidden(false);
    expect(states).toEqual([true, false, true]);
  });

  it('rests from the moment the session ends until the person has signed in again', () => {
    session.expire();
    TestBed.tick();
    session.signIn({ id: 'u', email: 'a@example.com', name: 'A', role: 'admin' });
    TestBed.tick();
    expect(states).toEqual([true, false, true]);
  });

  it('rests while the person has paused it', () => {
    polling.pause();
    TestBed.tick();
    polling.resume();
    TestBed.tick();
    expect(states).toEqual([true, false, true]);
  });
});
