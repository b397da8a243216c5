import { expect, test } from '@jest/globals';
import { readSettings } from '../../config/settings.ts';
import { MetricsAccess } from './metrics-access.ts';

const result = readSettings({ DATABASE_URL: 'postgres://unused', REDIS_URL: 'redis://unused' });
if (!result.ok) throw new Error('The settings of this test are wrong');
const access = new MetricsAccess(result.settings);

const isAllowed = (headers: Record<string, string>, remoteAddress = '127.0.0.1'): boolean => {
  try {
    access.check({ headers, remoteAddress });
    return true;
  } catch {
    return false;
  }
};

test.each(['127.0.0.1:8001', 'localhost', 'localhost:8001', '[::1]:8001', '127.9.9.9', 'LOCALHOST:8001'])(
  'without a token metrics are for who asks %s from this machine',
  (host) => {
    expect(isAllowed({ host })).toBe(true);
    expect(isAllowed({ host }, '::ffff:127.0.0.1')).toBe(true);
    expect(isAllowed({ host }, '10.0.0.7')).toBe(false);
  },
);

test.each([
  ['forwarded', 'for=203.0.113.9'],
  ['x-forwarded-for', '203.0.113.9'],
  ['x-forwarded-host', 'studio.example.com'],
  ['x-forwarded-proto', 'https'],
  ['x-real-ip', '203.0.113.9'],
  ['via', '1.1 proxy'],
])('a proxy on this machine that sends %s speaks for others', (name, value) => {
  expect(isAllowed({ host: 'localhost', [name]: value })).toBe(false);
});

test.each(['studio.example.com', 'localhost.example.com', '127.0.0.1.example.com', '203.0.113.9:8001', ''])(
  'who asks for %p on loopback does so through a proxy, or a page that made its name point there',
  (host) => {
    expect(isAllowed({ host })).toBe(false);
  },
);
