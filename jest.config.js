const { existsSync, readFileSync, readdirSync } = require('node:fs');
const path = require('node:path');

const MODULES = path.join(__dirname, 'node_modules');

/** Names of the installed packages, those of a scope too. */
function installed(scope = '') {
  return readdirSync(path.join(MODULES, scope)).flatMap((name) =>
    name.startsWith('@') ? installed(name) : [scope === '' ? name : `${scope}/${name}`],
  );
}

function isEsModule(name) {
  const file = path.join(MODULES, name, 'package.json');
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).type === 'module';
}

/**
 * Packages that are compiled to CommonJS like our own code. Without it jest needs Node's --experimental-vm-modules, which
 * keeps all that each spec file has loaded until the end, and loads it twice as slowly.
 */
const COMPILED = [
  ...installed().filter(isEsModule),
  '@fastify/cookie', // imports such a package
];

const swc = (jsc) => [
  '@swc/jest',
  { swcrc: false, sourceMaps: true, module: { type: 'commonjs' }, jsc: { target: 'es2023', ...jsc } },
];

/** One jest for every kind of test; the file name says the kind (docs/architecture.md). */
module.exports = {
  testEnvironment: 'node',
  testRegex: '.*\\.(e2e-)?spec\\.ts$',
  moduleFileExtensions: ['js', 'mjs', 'ts', 'json'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.data'],
  globalSetup: '<rootDir>/libs/testing/src/jest/global-setup.js',
  globalTeardown: '<rootDir>/libs/testing/src/jest/global-teardown.js',
  testSequencer: '<rootDir>/libs/testing/src/jest/longest-first.js',
  maxWorkers: 2,
  testTimeout: 60_000,
  transform: {
    '^.+\\.ts$': swc({
      keepClassNames: true,
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    }),
    '^.+\\.m?js$': swc({}),
  },
  transformIgnorePatterns: [`/node_modules/(?!(?:${COMPILED.join('|')})/|.*\\.mjs$)`],
  moduleNameMapper: {
    '^@app/([^/]+)$': '<rootDir>/libs/$1/src',
    '^@app/([^/]+)/(.*)$': '<rootDir>/libs/$1/src/$2',
  },
};
