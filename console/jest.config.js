import presets from 'jest-preset-angular/presets/index.js';

const angular = presets.createCjsPreset({
  tsconfig: '<rootDir>/tsconfig.spec.json',
  testEnvironment: 'jest-preset-angular/environments/jest-jsdom-env',
});

/** Unit and component tests: jsdom, zoneless, templates compiled by the Angular compiler. */
export default {
  ...angular,
  // The first test of a file compiles what it imports; a loaded machine takes its time over that.
  testTimeout: 900_000,
  transform: {
    '@lucide[\\\\/]angular[\\\\/].+\\.mjs$': '<rootDir>/tools/used-icons-transform.js',
    ...angular.transform,
  },
  setupFilesAfterEnv: ['<rootDir>/src/testing/setup-jest.ts'],
  testMatch: ['<rootDir>/src/**/*.spec.ts', '<rootDir>/tools/**/*.spec.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
};
