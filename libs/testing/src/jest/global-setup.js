// Starts one PostgreSQL for the whole run; each spec file copies its own database from a migrated template
// (test-database.ts). TEST_DATABASE_URL takes a server that runs already.
const { existsSync, mkdtempSync, rmSync, statfsSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 4 * 1024 ** 3;

/** In memory where it has room: making and dropping a database of 600 small files per spec file is slow on disks. */
function place() {
  if (!existsSync(MEMORY)) return undefined;
  const { bavail, bsize } = statfsSync(MEMORY);
  return Math.min(bavail * bsize, process.availableMemory()) >= ENOUGH_BYTES ? MEMORY : undefined;
}

module.exports = async () => {
  if (process.env.TEST_DATABASE_URL) return;
  // Node strips the types by itself; the file imports nothing of the project.
  const {
    startEmbeddedPostgres,
    removeEmbeddedPostgres,
  } = require('../../../database/src/embedded-postgres.ts');
  const placeForRoot = place();
  const folder = mkdtempSync(path.join(placeForRoot ?? tmpdir(), 'practice-tests-'));
  const dataFolder = path.join(folder, 'postgres');
  const server = await startEmbeddedPostgres({
    dataFolder,
    placeForRoot,
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      shared_buffers: '256MB',
      wal_level: 'minimal',
      max_wal_senders: '0',
      max_wal_size: '512MB',
      max_connections: '300',
    },
  });
  process.env.TEST_DATABASE_URL = server.url('postgres');
  const remove = () => {
    removeEmbeddedPostgres(dataFolder, placeForRoot);
    rmSync(folder, { recursive: true, force: true });
  };
  globalThis.stopTestPostgres = async () => {
    await server.stop();
    remove();
  };
  // Stopped by Ctrl-C, it must not stay in memory; the server stops itself when this process exits.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  process.once('exit', remove);
};
