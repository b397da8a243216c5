/**
 * Jest settings shared by the Node projects (server, sdk, console/e2e): native ESM, TypeScript through swc.
 * The console's unit tests run on jest-preset-angular instead, because Angular templates need its compiler.
 */
const swcOptions = {
  swcrc: false,
  sourceMaps: 'inline',
  jsc: {
    target: 'es2024',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
  module: { type: 'es6' },
};

export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', swcOptions] },
  moduleNameMapper: {
    '^swisper-studio/contract$': `${import.meta.dirname}/sdk/src/contract/index.ts`,
    '^swisper-studio$': `${import.meta.dirname}/sdk/src/index.ts`,
    '^@swisper-studio/migrations$': `${import.meta.dirname}/migrations/index.ts`,
  },
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
};
