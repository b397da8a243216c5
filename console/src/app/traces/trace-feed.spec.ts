import { describe, expect, it } from '@jest/globals';

import type { Page, TraceSummary } from '../api/model.ts';
import { traceSummary } from '../../testing/observations.ts';
import { TraceFeed } from './trace-feed.ts';

function page(
  ids: string,
  cursor: string | null = 'next',
  change: Partial<TraceSummary> = {},
): Page<TraceSummary> {
  return { items: [...ids].map((id) => traceSummary(id, change)), next_cursor: cursor };
}

function shown(feed: TraceFeed): string {
  return feed
    .rows()
    .map(({ id }) => id)
    .join('');
}

describe('the trace feed', () => {
  it('puts new traces on top and keeps older pages below', () => {
    const feed = new TraceFeed();
    feed.acceptHead(page('fed'), false);
    feed.acceptOlder(page('cba', null));
    feed.acceptHead(page('hgf'), false);
    expect(shown(feed)).toBe('hgfedcba');
    expect(feed.hasMore()).toBe(false);
  });

  it('holds new traces back while held, but changes known ones in place', () => {
    const feed = new TraceFeed();
    feed.acceptHead(page('cb', 'next', { status: 'running' }), false);
    feed.acceptHead(page('dcb', 'next', { status: 'ok' }), true);
    expect(shown(feed)).toBe('cb');
    expect(feed.waiting()).toBe(1);
    expect(feed.rows().map(({ status }) => status)).toEqual(['ok', 'ok']);
    feed.showWaiting();
    expect(shown(feed)).toBe('dcb');
    expect(feed.waiting()).toBe(0);
  });

  it('drops traces that no longer fit the filter', () => {
    const feed = new TraceFeed();
    feed.acceptHead(page('dcba'), false);
    feed.acceptHead(page('dba'), false);
    expect(shown(feed)).toBe('dba');
  });

  it('begins anew when more arrived than a head holds, rather than leave a gap', () => {
    const feed = new TraceFeed();
    feed.acceptHead(page('cba', 'old'), false);
    feed.acceptHead(page('zyx', 'new'), false);
    expect(shown(feed)).toBe('zyx');
    expect(feed.nextCursor).toBe('new');
  });

  it('replaces everything after a restart', () => {
    const feed = new TraceFeed();
    feed.acceptHead(page('cba'), false);
    feed.restart();
    expect(shown(feed)).toBe('cba');
    feed.acceptHead(page('b', null), true);
    expect(shown(feed)).toBe('b');
  });

  it('refreshes as many rows as are shown, within limits', () => {
    const feed = new TraceFeed();
    expect(feed.headSize()).toBe(50);
    const many = Array.from({ length: 500 }, (_, i) => traceSummary(`t${i}`));
    feed.acceptHead({ items: many.slice(0, 120), next_cursor: 'x' }, false);
    expect(feed.headSize()).toBe(120);
    feed.acceptOlder({ items: many.slice(120), next_cursor: null });
    expect(feed.headSize()).toBe(200);
  });
});
