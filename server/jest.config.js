import preset from '../jest.preset.js';

const services = {
  ...preset,
  setupFiles: ['<rootDir>/test/harness/nest-first.ts'],
  globalSetup: '<rootDir>/test/harness/global-setup.js',
  globalTeardown: '<rootDir>/test/harness/global-teardown.js',
};

export default {
  testTimeout: 900_000,
  // Most of a run is waiting.
  maxWorkers: 2,
  ...preset,
  projects: [
    {
      ...preset,
      displayName: 'server unit',
      setupFiles: services.setupFiles,
      testMatch: ['<rootDir>/src/**/*.spec.ts', '<rootDir>/tools/**/*.spec.ts'],
    },
    {
      ...services,
      displayName: 'server integration',
      testMatch: ['<rootDir>/test/integration/**/*.spec.ts'],
    },
    { ...services, displayName: 'server e2e', testMatch: ['<rootDir>/test/e2e/**/*.spec.ts'] },
    { ...services, displayName: 'server faults', testMatch: ['<rootDir>/test/faults/**/*.spec.ts'] },
  ],
};
