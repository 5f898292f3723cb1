// Parse Server makes a folder for logs when it is loaded, unless told not to.
process.env.PARSE_SERVER_LOGS_FOLDER ??= 'null';

// One run is one lane: which databases the servers under test stand on. scripts/test.mjs runs them all.
const lane = process.env.TEST_LANE || 'postgres';

/** @type {Record<string, import('jest').Config>} */
const files = {
  postgres: { testMatch: ['<rootDir>/test/**/*.test.ts'], testPathIgnorePatterns: ['\\.(redis|mongo)\\.test\\.ts$'] },
  redis: { testMatch: ['<rootDir>/test/**/*.redis.test.ts'] },
  mongo: { testMatch: ['<rootDir>/test/**/*.both.test.ts', '<rootDir>/test/**/*.mongo.test.ts'] },
};
if (!files[lane]) throw new Error(`TEST_LANE must be one of ${Object.keys(files).join(', ')}, not "${lane}".`);

const swc = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};

/** @type {import('jest').Config} */
module.exports = {
  ...files[lane],
  displayName: lane,
  roots: ['<rootDir>/test'],
  maxWorkers: 2,
  testTimeout: 60_000,
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  globalSetup: '<rootDir>/test/harness/global-setup.mjs',
  globalTeardown: '<rootDir>/test/harness/global-teardown.mjs',
};
