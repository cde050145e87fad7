// Starts one PostgreSQL for the whole run; each spec file copies its own database from a migrated template
// (test-database.ts). TEST_DATABASE_URL takes a server that runs already.
const { mkdtempSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const swc = require('@swc/core');

function load(file) {
  const { code } = swc.transformFileSync(file, {
    module: { type: 'commonjs' },
    jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
  });
  const module = { exports: {} };
  new Function('require', 'module', 'exports', '__dirname', code)(require, module, module.exports, __dirname);
  return module.exports;
}

module.exports = async () => {
  if (process.env.TEST_DATABASE_URL) return;
  const { startEmbeddedPostgres } = load(join(__dirname, '../../../database/src/embedded-postgres.ts'));
  const folder = mkdtempSync(join(tmpdir(), 'practice-tests-'));
  const server = await startEmbeddedPostgres({
    dataFolder: join(folder, 'postgres'),
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      shared_buffers: '256MB',
      max_connections: '300',
    },
  });
  process.env.TEST_DATABASE_URL = server.url('postgres');
  globalThis.stopTestPostgres = async () => {
    await server.stop();
    load(join(__dirname, '../../../database/src/embedded-postgres.ts')).removeEmbeddedPostgres(
      join(folder, 'postgres'),
    );
    require('node:fs').rmSync(folder, { recursive: true, force: true });
  };
};
