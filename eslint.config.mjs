import eslint from '@eslint/js';
import angular from 'angular-eslint';
import tseslint from 'typescript-eslint';

const restrict = (patterns, paths = []) => ({ 'no-restricted-imports': ['error', { patterns, paths }] });
const only = (group, message) => ({ group, message });

/** Server layers, lowest first; a folder may import only from layers before its own (CONTRIBUTING.md: "Layout"). */
const layers = [
  ['kernel'],
  ['config'],
  ['database', 'redis', 'http'],
  ['stream-limit'],
  ['auth', 'projects', 'traces', 'heartbeat', 'tracing-config'],
  ['stream-consumer', 'health', 'console-host'],
  ['app'],
];
const features = layers[4];
const noIoredis = only(['ioredis', 'ioredis/*'], 'ioredis is used in redis/ and the stream reader only.');
const internals = only(
  features.flatMap((name) => [`**/${name}/**`, `!**/${name}/index.ts`]),
  'Features meet only through each other\u2019s index.ts.',
);
const layerRules = layers.flatMap((names, depth) =>
  names.map((name) => {
    const higher = layers.slice(depth + 1).flat();
    const siblings = names === features || depth === 0 ? [] : names.filter((other) => other !== name);
    const forbidden = [...higher, ...siblings].map((other) => `**/${other}/**`);
    const patterns = [internals, ...(name === 'redis' ? [] : [noIoredis])];
    if (forbidden.length > 0) patterns.push(only(forbidden, `${name}/ must not import this layer.`));
    return { files: [`server/src/${name}/**/*.ts`], rules: restrict(patterns) };
  }),
);

const noOtherProject = only(
  ['swisper-studio', 'swisper-studio/*', '**/server/**', '**/sdk/**'],
  'The console imports no other project.',
);
const consoleFeatures = ['auth', 'projects', 'settings', 'traces'];
const consoleFeatureRules = consoleFeatures.map((name) => {
  const others = consoleFeatures.filter((other) => other !== name).map((other) => `**/${other}/**`);
  const patterns = [noOtherProject, only(others, 'Features of the console do not import each other.')];
  return { files: [`console/src/app/${name}/**/*.ts`], rules: restrict(patterns) };
});

const sizeRules = {
  'max-lines': ['error', { max: 300 }],
  'max-lines-per-function': ['error', { max: 40 }],
  'max-params': ['error', 4],
};
const sources = ['server/**/*.ts', 'sdk/**/*.ts', 'migrations/**/*.ts', 'docker/**/*.ts', 'console/**/*.ts'];
const tests = ['**/*.spec.ts', '**/test/**/*.ts', '**/e2e/**/*.ts'];

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '.nx/**',
      '**/.angular/**',
      'console/src/app/api/generated/**',
    ],
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [eslint.configs.recommended],
    languageOptions: { globals: { process: 'readonly' } },
  },
  {
    files: sources,
    extends: [eslint.configs.recommended, tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...sizeRules,
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Only config/ reads process.env.',
        },
      ],
    },
  },
  {
    // Types are trusted inside: a cast belongs to the place that checks what came from outside.
    files: ['server/src/**/*.ts', 'sdk/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/*-decoder.ts', 'sdk/src/contract/**'],
    rules: { '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }] },
  },
  ...layerRules,
  { files: ['server/src/*.ts'], rules: restrict([internals, noIoredis]) },
  {
    files: ['server/src/**/*.ts'],
    ignores: ['server/src/kernel/clock.ts', '**/*.spec.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Take the time from kernel/clock.' },
      ],
    },
  },
  {
    files: ['console/src/**/*.ts'],
    extends: [angular.configs.tsRecommended],
    processor: angular.processInlineTemplates,
  },
  { files: ['console/src/app/**/*.ts'], rules: restrict([noOtherProject]) },
  ...consoleFeatureRules,
  {
    files: ['console/**/*.html'],
    extends: [angular.configs.templateRecommended, angular.configs.templateAccessibility],
  },
  {
    files: tests,
    rules: { 'max-lines-per-function': 'off', '@typescript-eslint/unbound-method': 'off' },
  },
  {
    files: [
      'server/src/config/**/*.ts',
      'sdk/src/options.ts',
      '**/tools/**/*.ts',
      '**/*.config.ts',
      'docker/*.ts',
      '**/bench/**/*.ts',
      '**/examples/**/*.ts',
      ...tests,
    ],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
      ],
    },
  },
  {
    files: ['**/*.config.ts', '**/global-setup.js', '**/global-teardown.js'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
