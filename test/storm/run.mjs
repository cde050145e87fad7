// `npm run storm -- --size full --seed 7`: the storm at any size; without a seed it takes one and prints it.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { size: { type: 'string', default: 'small' }, seed: { type: 'string' } },
});
const seed = values.seed ?? String(Math.floor(Math.random() * 1_000_000));
const { status } = spawnSync('npm', ['run', '--silent', 'jest', '--', 'test/storm'], {
  stdio: 'inherit',
  env: { ...process.env, STORM_SIZE: values.size, STORM_SEED: seed },
});
process.exit(status ?? 1);
