// Workload `sweeps`: 100,000 sessions that are due, completed by the worker's own sweep in its own batches, beside one bare
// set-based statement in batches: status, timeline and outbox rows, without audit and the client's count.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addPractices } from './list-data.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const require = createRequire(import.meta.url);

const DUE = 100_000;
const COACHES = 100;
/** Of the worker (apps/worker/src/sweeps.ts), and the best one for the bare statement. */
const BATCH = 1_000;
const BARE_BATCH = 2_000;

const BARE = `
  with due as materialized (
    select coach_id, id, version from sessions where status = 'scheduled' and ends_at <= (select app_now())
    order by ends_at limit ${BARE_BATCH} for no key update skip locked),
  moved as (
    update sessions s set status = 'completed', completed_at = (select app_now()), version = s.version + 1, updated_at = (select app_now())
    from due where s.coach_id = due.coach_id and s.id = due.id returning s.coach_id, s.id, s.version),
  timeline as (
    insert into session_timeline (coach_id, session_id, seq, at, kind, actor_kind, from_status, to_status)
    select coach_id, id, version, (select app_now()), 'status_changed', 'worker', 'scheduled', 'completed' from moved),
  messages as (
    insert into outbox_messages (coach_id, id, type, payload)
    select coach_id, uuidv7(), 'sessions.session_completed', jsonb_build_object('sessionId', id, 'version', version) from moved)
  select count(*)::int as count from moved`;

/** @returns rates in rows a second, and the product's as a part of the bare statement's, of the median round */
export async function measureSweeps({ url, client, rounds, say }) {
  require('reflect-metadata');
  const { MikroORM, PostgreSqlDriver } = require('@mikro-orm/postgresql');
  const { ormOptions } = require(join(root, 'dist/libs/database/src/mikro-orm.config.js'));
  const { Database } = require(join(root, 'dist/libs/database/src/database.js'));
  const { SessionSweeps } = require(join(root, 'dist/libs/sessions/src/session-sweeps.service.js'));
  const orm = await MikroORM.init({
    driver: PostgreSqlDriver,
    ...ormOptions({ url, applicationName: 'bench' }),
  });
  try {
    const sweeps = new SessionSweeps(new Database(orm));
    const product = () => sweeps.completeDue(BATCH);
    const bare = async () => (await client.query({ name: 'bare-sweep', text: BARE })).rows[0].count;
    const ids = await addPractices(
      client,
      { coaches: COACHES, clientsPerCoach: 50, sessionsPerCoach: DUE / COACHES },
      say,
    );
    const results = [];
    for (let round = 1; round <= rounds; round += 1) {
      const a = await rateOf(client, ids, product);
      const b = await rateOf(client, ids, bare);
      results.push({ product: a.rate, bare: b.rate, ratio: a.rate / b.rate, slowestMs: a.slowestMs });
      say(
        `sweeps, round ${round}: product ${a.rate.toFixed(0)}/s (slowest batch ${a.slowestMs.toFixed(0)} ms), bare ${b.rate.toFixed(0)}/s, ratio ${(a.rate / b.rate).toFixed(2)}`,
      );
    }
    return results.toSorted((a, b) => a.ratio - b.ratio)[Math.floor(results.length / 2)];
  } finally {
    await orm.close(true);
  }
}

async function rateOf(client, ids, sweep) {
  await makeDue(client, ids);
  const begun = performance.now();
  let [count, slowestMs] = [0, 0];
  for (;;) {
    const started = performance.now();
    const done = await sweep();
    slowestMs = Math.max(slowestMs, performance.now() - started);
    count += done;
    if (done === 0) break;
  }
  if (count !== DUE) throw new Error(`${count} of ${DUE} sessions were completed`);
  return { rate: (count * 1_000) / (performance.now() - begun), slowestMs };
}

/** All sessions are scheduled again, each with the history of a booking, and ended within the last three days. */
async function makeDue(client, ids) {
  await client.query('truncate session_timeline, audit_entries, outbox_messages cascade');
  await client.query(
    `update sessions set status = 'scheduled', outcome = null, no_show_by = null, cancelled_at = null, cancelled_by = null, version = 1,
       hold_expires_at = null, starts_at = now() - make_interval(secs => 3600 + abs(hashtext(id::text)) % 259200),
       ends_at = now() - make_interval(secs => 1800 + abs(hashtext(id::text)) % 259200)
     where coach_id = any ($1::uuid[])`,
    [ids],
  );
  await client.query(
    `insert into session_timeline (coach_id, session_id, seq, at, kind, actor_kind, to_status)
     select coach_id, id, 1, booked_at, 'status_changed', 'client', 'scheduled' from sessions where status = 'scheduled'`,
  );
  await client.query('vacuum analyze sessions, session_timeline, audit_entries, outbox_messages, clients');
  await client.query('checkpoint');
}
