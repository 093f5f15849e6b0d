// One Jest project a kind of test, so that `npm test` can run, count and show them apart.
const base = {
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2023',
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

const onMetaClusters = {
  globalSetup: '<rootDir>/test/support/embedded-setup.mjs',
  globalTeardown: '<rootDir>/test/support/embedded-teardown.mjs',
};

const project = (displayName, testMatch, extra = {}) => ({ ...base, displayName, testMatch, ...extra });

export default {
  // A busy machine is slow, not wrong: limits of time are for what hangs.
  testTimeout: 30_000,
  reporters: ['default', '<rootDir>/test/support/state-reporter.mjs'],
  projects: [
    project('unit', ['<rootDir>/src/**/*.spec.ts', '!**/*.property.spec.ts']),
    project('property', ['<rootDir>/src/**/*.property.spec.ts']),
    project('golden', ['<rootDir>/test/golden/**/*.golden.spec.ts']),
    project('integration', ['<rootDir>/test/integration/**/*.spec.ts']),
    project('local', ['<rootDir>/test/e2e/local/**/*.spec.ts'], onMetaClusters),
    project('e2e', ['<rootDir>/test/e2e/!(local)/**/*.spec.ts'], onMetaClusters),
  ],
};
