// `npm run test:browser`: what a person does in a browser, in headless Chromium (CHROMIUM names another binary).
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

const chromium = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path && existsSync(path));
if (chromium === undefined) {
  console.error('Chromium is not installed. On Debian: apt-get install chromium');
  console.log('0 passed, 1 failed');
  process.exit(1);
}
const { status } = spawnSync('node', ['test/run.mjs', '--testRegex', 'browser-spec\\.ts$'], {
  stdio: 'inherit',
  env: { ...process.env, CHROMIUM: chromium },
});
process.exit(status ?? 1);
