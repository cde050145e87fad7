// Workload `series`: a series of 52 weeks previewed and made by the product's own services, beside a bare insert of the
// same sessions, claims and occurrences in one statement.
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addPractices } from './list-data.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const require = createRequire(import.meta.url);

const WEEKS = 52;
/** Series per round, each at a time of its own. */
const SERIES = 15;
const HORIZON_DAYS = 400;

const BARE = `
  with made as (
    insert into series (coach_id, id, client_id, state, rule, local_start, timezone, offering_id, offering_name, duration_minutes,
      before_minutes, after_minutes, funding, price_minor, currency, policy_id, policy_rules, materialised_until, horizon_days,
      on_conflict, calendar_uid, created_by, created_at, updated_at)
    select o.coach_id, $2::uuid, $3::uuid, 'active', 'FREQ=WEEKLY', $4::timestamp, 'UTC', o.id, o.name, 30, 0, 0, 'free', 0, 'EUR', p.id,
      p.rules, now(), 90, 'fail', $2::text, 'coach', now(), now()
    from offerings o, policies p where o.coach_id = $1 and p.coach_id = $1
    returning *),
  rows as (
    insert into sessions (coach_id, id, client_id, offering_id, series_id, original_starts_at, status, starts_at, ends_at, local_start,
      timezone, before_minutes, after_minutes, offering_name, funding, price_minor, currency, policy_id, policy_rules,
      client_sort_name, payment_status, booked_at, booked_by, updated_at)
    select coach_id, uuidv7(), client_id, offering_id, id, at, 'scheduled', at, at + interval '30 minutes', at at time zone 'UTC', 'UTC', 0, 0,
      offering_name, 'free', 0, 'EUR', policy_id, policy_rules, 'x', 'free', now(), 'coach', now()
    from made, lateral (select (local_start at time zone 'UTC') + make_interval(weeks => n) as at from generate_series(0, ${WEEKS - 1}) n) each
    returning *),
  claims as (
    insert into calendar_claims (coach_id, id, session_id, kind, blocked)
    select coach_id, uuidv7(), id, 'session', tstzrange(starts_at, ends_at) from rows)
  insert into series_occurrences (coach_id, series_id, original_starts_at, state, session_id, updated_at)
  select coach_id, series_id, original_starts_at, 'session', id, now() from rows`;

/** @returns medians of all rounds, milliseconds */
export async function measureSeries({ url, client, rounds, say }) {
  const app = await servicesOn(url);
  try {
    const [coachId] = await addPractices(
      client,
      { coaches: 1, clientsPerCoach: 5, sessionsPerCoach: 1_000 },
      say,
    );
    await client.query(
      `update offerings set price_minor = 0, funding_options = '{free}' where coach_id = $1`,
      [coachId],
    );
    await client.query(
      `update coaches set default_policy_id = (select id from policies where coach_id = $1) where coach_id = $1`,
      [coachId],
    );
    const ids = (
      await client.query(
        `select o.id as offering, c.id as client from offerings o, clients c
      where o.coach_id = $1 and c.coach_id = $1 limit 1`,
        [coachId],
      )
    ).rows[0];
    const series = app.get(require(join(root, 'dist/libs/sessions/src/series.service.js')).Series);
    const coach = {
      accountId: coachId,
      kind: 'coach',
      email: '',
      displayName: '',
      timezone: 'Europe/Berlin',
      locale: 'en',
    };
    const times = { preview: [], create: [], bare: [] };
    for (let round = 0; round < rounds; round += 1) {
      // Each round begins with an empty year.
      await client.query(
        'truncate sessions, series, calendar_claims, series_occurrences, session_timeline cascade',
      );
      for (let number = 0; number < SERIES; number += 1) {
        const localStart = startOf(number);
        const begun = performance.now();
        const plan = await series.preview(coach, {
          offeringId: ids.offering,
          clientId: ids.client,
          localStart,
          timezone: 'Europe/Berlin',
          rule: `FREQ=WEEKLY;COUNT=${WEEKS}`,
          onConflict: 'fail',
          override: true,
          horizonDays: HORIZON_DAYS,
        });
        const previewed = performance.now();
        await series.create(coach, plan.id);
        const made = performance.now();
        await client.query({
          name: 'bare-series',
          text: BARE,
          values: [
            coachId,
            (await client.query('select uuidv7() as id')).rows[0].id,
            ids.client,
            startOf(number + SERIES),
          ],
        });
        times.preview.push(previewed - begun);
        times.create.push(made - previewed);
        times.bare.push(performance.now() - made);
      }
      say(
        `series, round ${round + 1}: preview ${median(times.preview).toFixed(0)} ms, create ${median(times.create).toFixed(0)} ms, bare insert ${median(times.bare).toFixed(0)} ms`,
      );
    }
    return { previewMs: median(times.preview), createMs: median(times.create), bareMs: median(times.bare) };
  } finally {
    await app.close();
  }
}

/** Times of one week, an hour apart, some ten days ahead. */
function startOf(number) {
  const monday = new Date(Math.ceil((Date.now() + 7 * 86_400_000) / 86_400_000) * 86_400_000);
  return new Date(monday.getTime() + number * 3_600_000).toISOString().slice(0, 19);
}

async function servicesOn(url) {
  require('reflect-metadata');
  const { NestFactory } = require('@nestjs/core');
  const { ConfigModule, DatabaseModule } = require(join(root, 'dist/libs/database/src/index.js'));
  const { OutboxModule } = require(join(root, 'dist/libs/outbox/src/index.js'));
  const { SessionsModule } = require(join(root, 'dist/libs/sessions/src/index.js'));
  const { sharedConfigSchema } = require(join(root, 'dist/libs/common/src/index.js'));
  const key = () => randomBytes(32).toString('base64');
  const config = sharedConfigSchema.parse({
    NODE_ENV: 'test',
    DATABASE_URL: url,
    ENCRYPTION_KEYS: `k1:${key()}`,
    LINK_SECRET: key(),
    TOKEN_SIGNING_KEY: key(),
    STRIPE_SECRET_KEY: 'sk_test_bench',
    STRIPE_WEBHOOK_SECRETS: 'whsec_bench',
    ZOOM_CLIENT_ID: 'bench',
    ZOOM_CLIENT_SECRET: 'bench',
    SMTP_URL: 'smtp://127.0.0.1:9',
  });
  const module = {
    module: class Bench {},
    imports: [
      await DatabaseModule.forRoot({ url, applicationName: 'bench' }),
      ConfigModule.with(config, Symbol('bench config')),
      OutboxModule,
      SessionsModule,
    ],
  };
  return NestFactory.createApplicationContext(module, { logger: ['error'] });
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
