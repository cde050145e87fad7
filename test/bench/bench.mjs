// `npm run bench`: the product against a bare Fastify + pg server on the same data in the same run, in rounds A B A B.
// Prints ratios, and times only where a ratio to a limit is printed beside them; `-- --json` prints one line per workload,
// `-- slots-30-days` runs what needs no server alone, `-- lists`, `-- sweeps` and `-- series` what needs the database only.
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hash } from '@node-rs/argon2';
import autocannon from 'autocannon';
import pg from 'pg';
import { loadData } from './data.mjs';
import { measureLists } from './lists.mjs';
import { measureSeries } from './series.mjs';
import { measureSlots } from './slots.mjs';
import { measureSweeps } from './sweeps.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
  },
});
const ROUNDS = Number(options.rounds);
const SECONDS = Number(options.seconds);
const CONNECTIONS = 32;
const WARM_UP_SECONDS = 15;
const PASSWORD = 'bench password only';
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const require = createRequire(import.meta.url);
const say = (text) => void (options.json || console.log(text));
/** Run when they are named: they take minutes. */
const DATABASE_WORKLOADS = { lists: reportLists, sweeps: reportSweeps, series: reportSeries };

reportSlots();
if (positionals.length > 0 && positionals.every((workload) => workload === 'slots-30-days')) process.exit();

const { startEmbeddedPostgres, removeEmbeddedPostgres, freePort } = require(
  join(root, 'dist/libs/database/src/embedded-postgres.js'),
);
const { migrate } = require(join(root, 'dist/libs/database/src/migrate.js'));
const { publicId } = require(join(root, 'dist/libs/common/src/ids.js'));

const folder = mkdtempSync(join(tmpdir(), 'practice-bench-'));
const children = [];
const postgres = await startEmbeddedPostgres({
  dataFolder: join(folder, 'postgres'),
  settings: { shared_buffers: '1GB', random_page_cost: '1.1' },
});
try {
  const onDatabase = positionals.filter((workload) => Object.hasOwn(DATABASE_WORKLOADS, workload));
  for (const workload of onDatabase) await onItsOwn(DATABASE_WORKLOADS[workload]);
  if (onDatabase.length === 0) await main();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const child of children) child.kill('SIGKILL');
  await postgres.stop();
  removeEmbeddedPostgres(join(folder, 'postgres'));
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  const url = postgres.url('postgres');
  say('loading 100 coaches with 1,000 sessions each …');
  await migrate(url);
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // when a fault ends the server first
  await client.connect();
  const passwordHash = await hash(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  const { practices } = await loadData(client, {
    coaches: 100,
    sessionsPerCoach: 1_000,
    passwordHash,
  });
  const product = await start('dist/apps/api/src/main.js', productEnvironment(url), '/health/live');
  const bare = await start('test/bench/bare-server.mjs', { DATABASE_URL: url }, '/');
  const coachToken = await signIn(product, 'coach-1@bench.test');
  const visitors = new Map();
  for (const { coachId, visitor } of practices)
    visitors.set(coachId, { id: visitor.id, token: await signIn(product, visitor.email) });
  const {
    rows: [coach],
  } = await client.query(`select id from accounts where email = 'coach-1@bench.test'`);

  const upcoming = [
    {
      url: `${product}/v1/sessions?view=upcoming&limit=50`,
      headers: { authorization: `Bearer ${coachToken}` },
    },
    { url: `${bare}/upcoming?coachId=${coach.id}&limit=50` },
  ];
  await compare('upcoming list, 50 rows', upcoming, 0.8);

  const nextBooking = bookings(practices);
  const book = [
    {
      url: `${product}/v1/sessions`,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      setupRequest: (request) => {
        const { practice, startsAt } = nextBooking();
        const body = {
          offeringId: publicId('offering', practice.offeringId),
          startsAt,
          funding: 'free',
          acceptedPolicyId: publicId('policy', practice.policyId),
        };
        return {
          ...request,
          headers: {
            ...request.headers,
            authorization: `Bearer ${visitors.get(practice.coachId).token}`,
            'idempotency-key': randomUUID(),
          },
          body: JSON.stringify(body),
        };
      },
    },
    {
      url: `${bare}/book`,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      setupRequest: (request) => {
        const { practice, startsAt } = nextBooking();
        return {
          ...request,
          headers: { ...request.headers, 'idempotency-key': randomUUID() },
          body: JSON.stringify({
            offeringId: practice.offeringId,
            accountId: visitors.get(practice.coachId).id,
            startsAt,
          }),
        };
      },
    },
  ];
  await compare('booking', book, 0.5);
  await client.end();
}

/** Computing alone; the query behind it is part of the workloads over HTTP. */
function reportSlots() {
  const { microseconds, ratio, starts } = measureSlots(ROUNDS);
  const result = {
    workload: 'slots-30-days',
    rounds: ROUNDS,
    microseconds: Number(microseconds.toFixed(1)),
    ratioToHandLoop: Number(ratio.toFixed(1)),
  };
  if (options.json) console.log(JSON.stringify(result));
  else
    say(
      `slots-30-days: ${starts} starts in ${result.microseconds} µs (goal 300), ${result.ratioToHandLoop} times a loop by hand (goal 50)\n`,
    );
}

/** A workload in an empty database of its own. */
async function onItsOwn(report) {
  await withClient(postgres.url('postgres'), (client) => client.query('create database bench'));
  const url = postgres.url('bench');
  await migrate(url);
  await withClient(url, (client) => report(url, client));
  await withClient(postgres.url('postgres'), (client) => client.query('drop database bench with (force)'));
}

async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function reportLists(url, client) {
  const { typical, large, growth, cells } = await measureLists({ url, client, say });
  for (const [coach, list] of Object.entries(cells))
    for (const cell of list)
      say(
        `${coach}: ${cell.filter} by ${cell.sort}: p50 ${cell.p50.toFixed(1)} ms, p95 ${cell.p95.toFixed(1)} ms, ${cell.ratio.toFixed(2)} of the best plan, ${cell.indexes.join(' ')}`,
      );
  const result = { workload: 'lists', sessions: 1_000_000, typical, large, growth };
  console.log(options.json ? JSON.stringify(result) : result);
  say('goals: p95 20 ms in every cell, growth from 10,000 sessions 1.5, no scan of all sessions');
}

async function reportSweeps(url, client) {
  const { ratio, product, bare, slowestMs } = await measureSweeps({ url, client, rounds: ROUNDS, say });
  if (options.json) console.log(JSON.stringify({ workload: 'sweeps', rounds: ROUNDS, ratio, slowestMs }));
  else
    say(
      `sweeps: ${product.toFixed(0)} sessions completed a second, ${ratio.toFixed(2)} of the bare statement's ${bare.toFixed(0)} (goal 0.7), slowest batch ${slowestMs.toFixed(0)} ms`,
    );
}

async function reportSeries(url, client) {
  const { previewMs, createMs, bareMs } = await measureSeries({ url, client, rounds: ROUNDS, say });
  if (options.json)
    console.log(JSON.stringify({ workload: 'series', rounds: ROUNDS, previewMs, createMs, bareMs }));
  else
    say(
      `series of 52 weeks: previewed in ${previewMs.toFixed(0)} ms (goal 50), made in ${createMs.toFixed(0)} ms (goal 500), ${(createMs / bareMs).toFixed(1)} times a bare insert of its rows (${bareMs.toFixed(0)} ms)`,
    );
}

async function compare(workload, [product, bare], goal) {
  // Long enough for both to be compiled: what is compared is how they run all day.
  await load(product, WARM_UP_SECONDS);
  await load(bare, WARM_UP_SECONDS);
  const ratios = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const a = await load(product, SECONDS);
    const b = await load(bare, SECONDS);
    ratios.push(a.rate / b.rate);
    say(
      `${workload}, round ${round}: product ${a.rate.toFixed(0)}/s (p99 ${a.p99} ms), bare ${b.rate.toFixed(0)}/s (p99 ${b.p99} ms), ratio ${(a.rate / b.rate).toFixed(2)}`,
    );
  }
  const sorted = [...ratios].sort((x, y) => x - y);
  const result = {
    workload,
    rounds: ROUNDS,
    ratioMedian: Number(sorted[Math.floor(sorted.length / 2)].toFixed(3)),
    ratioMin: Number(sorted[0].toFixed(3)),
    ratioMax: Number(sorted.at(-1).toFixed(3)),
  };
  if (options.json) console.log(JSON.stringify(result));
  else say(`${workload}: ${result.ratioMedian} of the bare server (goal ${goal})\n`);
}

async function load({ setupRequest, ...target }, seconds) {
  const result = await autocannon({
    ...target,
    connections: CONNECTIONS,
    duration: seconds,
    ...(setupRequest === undefined
      ? {}
      : { requests: [{ method: target.method, headers: target.headers, setupRequest }] }),
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${target.url}: ${result.non2xx} answers were not 2xx, ${result.errors} errors`);
  return { rate: result['2xx'] / result.duration, p99: result.latency.p99 };
}

/** Every booking has a time of its own, spread over all coaches. */
function bookings(practices) {
  const first = Date.now() + 220 * 86_400_000;
  const midnight = first - (first % 86_400_000);
  let count = 0;
  return () => {
    const practice = practices[count % practices.length];
    const slot = Math.floor(count / practices.length);
    count += 1;
    return { practice, startsAt: new Date(midnight + slot * 30 * 60_000).toISOString() };
  };
}

function productEnvironment(url) {
  return {
    NODE_ENV: 'test',
    DATABASE_URL: url,
    LOG_LEVEL: 'info',
    RATE_LIMIT_PER_MINUTE: '10000000',
    SIGN_IN_TRIES_PER_ADDRESS: '1000',
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    LINK_SECRET: randomBytes(32).toString('hex'),
    TOKEN_SIGNING_KEY: randomBytes(32).toString('base64'),
    STRIPE_SECRET_KEY: 'sk_test_bench',
    STRIPE_WEBHOOK_SECRETS: 'whsec_bench_bench',
    ZOOM_CLIENT_ID: 'bench',
    ZOOM_CLIENT_SECRET: 'bench',
    SMTP_URL: 'smtp://127.0.0.1:1',
  };
}

async function start(script, environment, path) {
  const port = await freePort();
  const child = spawn(process.execPath, [join(root, script)], {
    cwd: root,
    env: { PATH: process.env.PATH, PORT: String(port), ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    if (answer !== undefined) return `http://127.0.0.1:${port}`;
    await delay(100);
  }
  throw new Error(`${script} did not start`);
}

async function signIn(product, email) {
  const answer = await fetch(`${product}/v1/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: PASSWORD }),
  });
  if (!answer.ok) throw new Error(`sign-in: ${await answer.text()}`);
  return (await answer.json()).accessToken;
}
