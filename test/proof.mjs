// `npm run proof`: every heavy proof at the size that the promises name, then the ratios of `npm run bench`.
// Takes about half an hour; `npm test` runs the same proofs at sizes that fit a commit.
import { spawnSync } from 'node:child_process';

const seed = String(Math.floor(Math.random() * 1_000_000));
const steps = [
  {
    name: 'one slot, 500 rivals, two api processes',
    script: ['jest', '--', 'test/concurrency'],
    RIVALS: '500',
  },
  { name: '10,000 guesses from 1,000 addresses', script: ['jest', '--', 'test/security/guessing'] },
  { name: '2,000 hostile requests', script: ['jest', '--', 'test/fuzz'] },
  { name: 'refund killed at every step', script: ['jest', '--', 'test/crash'] },
  { name: `full storm, seed ${seed}`, script: ['storm', '--', '--size', 'full', '--seed', seed] },
  { name: 'ratios to a bare server', script: ['bench'] },
];

let failed = 0;
for (const { name, script, ...environment } of steps) {
  console.log(`\n== ${name}`);
  const started = Date.now();
  const { status } = spawnSync('npm', ['run', '--silent', ...script], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  if (status !== 0) failed += 1;
  console.log(
    `== ${name}: ${status === 0 ? 'passed' : 'FAILED'} (${Math.round((Date.now() - started) / 1000)} s)`,
  );
}
console.log(`\n${steps.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
