import preset from '../../jest.preset.js';

/** Browser tests: the built server and console on real PostgreSQL and Redis, watched through headless Chromium. */
export default {
  ...preset,
  displayName: 'browser',
  testTimeout: 900_000,
  testMatch: ['<rootDir>/**/*.spec.ts'],
  globalSetup: '<rootDir>/../../server/test/harness/global-setup.js',
  globalTeardown: '<rootDir>/../../server/test/harness/global-teardown.js',
};
