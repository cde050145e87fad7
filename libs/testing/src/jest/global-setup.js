// Starts one PostgreSQL for the whole run; each spec file copies its own database from a migrated template
// (test-database.ts). TEST_DATABASE_URL takes a server that runs already.
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

module.exports = async () => {
  if (process.env.TEST_DATABASE_URL) return;
  // Node strips the types by itself; the file imports nothing of the project.
  const {
    startEmbeddedPostgres,
    removeEmbeddedPostgres,
  } = require('../../../database/src/embedded-postgres.ts');
  const folder = mkdtempSync(path.join(tmpdir(), 'practice-tests-'));
  const dataFolder = path.join(folder, 'postgres');
  const server = await startEmbeddedPostgres({
    dataFolder,
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
    removeEmbeddedPostgres(dataFolder);
    rmSync(folder, { recursive: true, force: true });
  };
};
