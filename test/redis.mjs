// `npm run test:redis`: the queue specs and the stories with the queues in a Redis of their own.
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const port = await new Promise((done) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port: free } = probe.address();
    probe.close(() => done(free));
  });
});
const redis = spawn(
  'redis-server',
  [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--maxmemory-policy',
    'noeviction',
  ],
  { stdio: 'ignore' },
);
redis.once('error', () => {
  console.error('redis-server is not installed. On Debian: apt-get install redis-server');
  console.log('0 passed, 1 failed');
  process.exit(1);
});
await delay(500);
const { status } = spawnSync('node', ['test/run.mjs', 'test/queues', 'test/stories'], {
  stdio: 'inherit',
  env: { ...process.env, REDIS_URL: `redis://127.0.0.1:${port}` },
});
redis.kill();
process.exit(status ?? 1);
