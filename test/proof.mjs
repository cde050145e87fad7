// `npm run proof`: every heavy proof at the size that the promises name, then the ratios of `npm run bench`, and a
// summary to quote. Takes about an hour; `npm test` runs the same proofs at sizes that fit a commit.
// `npm run proof -- storm refunds` runs some of them; `--seeds 1,2,3` names the seeds of the storms.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: `1,2,3,${Math.floor(Math.random() * 1_000_000)}` } },
});
const proofs = [
  {
    key: 'rivals',
    name: 'one slot, 500 rivals, two api processes; each ordered pair of rival acts, five times',
    script: ['jest', '--', 'test/concurrency/(one-slot|rival-acts)'],
    RIVALS: '500',
    RIVAL_ROUNDS: '5',
  },
  {
    key: 'calls',
    name: '10,000 rival calls on 20 coaches, two api processes',
    script: ['jest', '--', 'test/concurrency/rival-calls'],
    RIVAL_CALLS: '10000',
  },
  {
    key: 'guessing',
    name: '10,000 guesses from 1,000 addresses',
    script: ['jest', '--', 'test/security/guessing'],
  },
  { key: 'fuzz', name: '2,000 hostile requests', script: ['jest', '--', 'test/fuzz'] },
  { key: 'refunds', name: 'refund killed at every step', script: ['jest', '--', 'test/crash/refund'] },
  {
    key: 'parallel',
    name: '20 refunds at once of each of 1,000 payments',
    script: ['jest', '--', 'test/concurrency/parallel-refunds'],
    REFUND_PAYMENTS: '1000',
  },
  {
    key: 'money',
    name: 'acts on money killed at every step, also 23 and 25 hours before they go on',
    script: ['jest', '--', 'test/crash/money'],
    CRASH_ACTS: 'all',
  },
  {
    key: 'properties',
    name: 'shares, refunds, revenue and policy tiers, 100,000 runs of each property',
    script: ['jest', '--', 'libs/(common|offerings|packages|payments|sessions)/.*property.spec'],
    PROPERTY_RUNS: '100000',
  },
  {
    key: 'webhooks',
    name: "10,000 of Stripe's events, shuffled, doubled, tampered, old, late and lost",
    script: ['jest', '--', 'test/queues/webhooks'],
    WEBHOOK_EVENTS: '10000',
  },
  {
    key: 'credits',
    name: '100,000 random acts on the ledger of credits, with places and revenue',
    script: ['jest', '--', 'libs/packages/src/credit-ledger'],
    CREDIT_ACTS: '100000',
  },
  {
    key: 'reconcile',
    name: '50 differences to Stripe among 10,000 payments that agree',
    script: ['jest', '--', 'test/reconciliation/injected'],
    RECONCILE_ROWS: '10000',
    RECONCILE_DIFFERENCES: '50',
  },
  {
    key: 'owed',
    name: '200 random lives of sessions that are paid later: what was quoted is what was paid',
    script: ['jest', '--', 'test/stories/owed-by-chance'],
    OWED_HISTORIES: '200',
  },
  {
    key: 'demo',
    name: 'the demo and its examples, begun every three hours of a week in which the clocks change',
    script: ['jest', '--', 'test/docs/examples'],
    DEMO_EVERY_HOURS: '3',
  },
  {
    key: 'series',
    name: 'plan of a series killed at every step',
    script: ['jest', '--', 'test/crash/series'],
    CRASH_STEPS: 'all',
  },
  ...values.seeds.split(',').map((seed) => ({
    key: 'storm',
    name: `full storm, seed ${seed}`,
    script: ['storm', '--', '--size', 'full', '--seed', seed],
  })),
  { key: 'bench', name: 'ratios to a bare server', script: ['bench'] },
];
const keys = [...new Set(proofs.map(({ key }) => key))];
const unknown = positionals.filter((key) => !keys.includes(key));
if (unknown.length > 0) {
  console.error(`There is no proof ${unknown.join(', ')}. Choose from: ${keys.join(', ')}.`);
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'practice-proof-'));
const results = [];
for (const [index, { key, name, script, ...environment }] of proofs.entries()) {
  if (positionals.length > 0 && !positionals.includes(key)) continue;
  console.log(`\n== ${name}`);
  const started = Date.now();
  const PROOF_SUMMARY = join(folder, `${index}.txt`);
  const { status } = spawnSync('npm', ['run', '--silent', ...script], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, PROOF_SUMMARY, ...environment },
  });
  const verdict = `${status === 0 ? 'passed' : 'FAILED'} (${Math.round((Date.now() - started) / 1000)} s)`;
  console.log(`== ${name}: ${verdict}`);
  const numbers = existsSync(PROOF_SUMMARY) ? readFileSync(PROOF_SUMMARY, 'utf8').trimEnd() : '';
  results.push({ passed: status === 0, name, verdict, numbers });
}
rmSync(folder, { recursive: true });

console.log('\n== summary');
for (const { name, verdict, numbers } of results) console.log(`${name}: ${verdict}\n${numbers}`.trimEnd());
const failed = results.filter(({ passed }) => !passed).length;
console.log(`\n${results.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
