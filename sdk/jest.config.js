import preset from '../jest.preset.js';

export default {
  testTimeout: 900_000,
  // Most of a run is waiting.
  maxWorkers: 2,
  ...preset,
  projects: [
    { ...preset, displayName: 'sdk unit', testMatch: ['<rootDir>/src/**/*.spec.ts'] },
    {
      ...preset,
      displayName: 'sdk integration',
      testMatch: ['<rootDir>/test/**/*.spec.ts'],
      globalSetup: '<rootDir>/../server/test/harness/global-setup.js',
      globalTeardown: '<rootDir>/../server/test/harness/global-teardown.js',
    },
  ],
};
