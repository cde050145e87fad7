// Practices with sessions of every kind over two years, nine of ten in the past: loaded without triggers and secondary
// indexes, which are made afterwards.

const ACCOUNT = `insert into accounts (id, kind, email, password_hash, display_name, timezone, email_verified_at, created_at, updated_at)`;
const RULES = JSON.stringify({
  tiers: [{ noticeHours: 24, refundPercent: 100 }],
  freeRescheduleHours: 24,
  noShowChargePercent: 100,
  returnCreditOnLateCancel: false,
});
const CHUNK = 100_000;

/** Whole number below `limit` that follows from the row's number: the same data in every run. */
const pick = (name, limit) => `((hashtextextended('${name} ' || i, 0) & 2147483647) % ${limit})::integer`;

/** Adds coaches, each with so many clients and sessions. @returns their ids */
export async function addPractices(client, { coaches, clientsPerCoach, sessionsPerCoach }, say) {
  await client.query(`set session_replication_role = replica`);
  const { rows } = await client.query(
    `${ACCOUNT} select uuidv7(), 'coach', uuidv7()::text || '@bench.test', 'none', 'Coach ' || n, 'Europe/Berlin', now(), now(), now()
     from generate_series(1, $1::int) n returning id`,
    [coaches],
  );
  const ids = rows.map(({ id }) => id);
  await client.query(
    `insert into coaches (coach_id, timezone, currency, created_at, updated_at)
     select id, 'Europe/Berlin', 'EUR', now(), now() from unnest($1::uuid[]) id`,
    [ids],
  );
  await client.query(
    `insert into policies (coach_id, id, line_id, line_version, name, rules, created_at, created_by)
     select id, uuidv7(), uuidv7(), 1, 'Standard', $2, now(), id from unnest($1::uuid[]) id`,
    [ids, RULES],
  );
  await client.query(
    `insert into offerings (coach_id, id, name, duration_minutes, price_minor, currency, funding_options, created_at, updated_at)
     select id, uuidv7(), 'Talk', 30, 5000, 'EUR', '{card}', now(), now() from unnest($1::uuid[]) id`,
    [ids],
  );
  await client.query(
    `insert into clients (coach_id, id, email, display_name, sort_name, timezone, invited_at, created_at, updated_at)
     select id, uuidv7(), n || '@bench.test', first || ' ' || last || ' ' || n, last || ', ' || first || ' ' || n, 'Europe/Berlin', now(), now(), now()
     from unnest($1::uuid[]) id cross join generate_series(1, $2::int) n cross join lateral (select
       (array['Anna', 'Émile', 'Zoe', 'Dmitri', 'Chloë', 'Bo', 'Maria', 'Özlem'])[1 + n % 8] as first,
       (array['Álvarez', 'Ångström', 'Zimmer', 'Ivanov', 'Li', 'Müller', 'Smith', 'Novak', 'Rossi', 'Silva', 'Kim'])[1 + n % 11] as last) p`,
    [ids, clientsPerCoach],
  );
  await addSessions(client, ids, sessionsPerCoach, say);
  await client.query(`set session_replication_role = origin`);
  return ids;
}

async function addSessions(client, ids, sessionsPerCoach, say) {
  const total = ids.length * sessionsPerCoach;
  for (let from = 0; from < total; from += CHUNK) {
    await client.query(SESSIONS, [ids, sessionsPerCoach, from, Math.min(total, from + CHUNK) - 1]);
    if (total > CHUNK) say(`  ${Math.min(total, from + CHUNK)} of ${total} sessions`);
  }
}

const SESSIONS = `
  with facts as materialized (
    select k.id as coach_id, o.id as offering_id, p.id as policy_id, p.rules,
      (select array_agg(c.id order by c.id) from clients c where c.coach_id = k.id) as clients,
      (select array_agg(c.sort_name order by c.id) from clients c where c.coach_id = k.id) as names, k.n
    from unnest($1::uuid[]) with ordinality k (id, n)
    join offerings o on o.coach_id = k.id join policies p on p.coach_id = k.id
    where k.n between 1 + $3::int / $2::int and 1 + $4::int / $2::int)
  insert into sessions (coach_id, id, client_id, offering_id, status, outcome, no_show_by, starts_at, ends_at, local_start, timezone,
    before_minutes, after_minutes, offering_name, funding, price_minor, currency, policy_id, policy_rules, client_sort_name,
    payment_status, net_minor, rating, cancelled_at, cancelled_by, cancel_reason_code, hold_expires_at, booked_at, booked_by,
    updated_at, series_id, original_starts_at, entitlement_id, completed_at)
  select f.coach_id, uuidv7(), f.clients[1 + client], f.offering_id, status,
    case when status = 'cancelled' then (array['in_time', 'late', 'by_coach', 'hold_expired', 'abandoned'])[1 + ${pick('outcome', 5)}] end,
    case when status = 'no_show' then 'client' end, at, at + interval '30 minutes', at at time zone 'Europe/Berlin', 'Europe/Berlin',
    0, 0, 'Talk', 'card', 5000, 'EUR', f.policy_id, f.rules, f.names[1 + client],
    case when status = 'cancelled' then (array['refunded', 'refunded', 'partially_refunded'])[1 + ${pick('refund', 3)}]
      when ${pick('rare', 300)} = 0 then (array['failed', 'disputed', 'processing'])[1 + ${pick('trouble', 3)}] else 'paid' end,
    case when status = 'cancelled' then 0 else 3000 + ${pick('net', 200)} * 25 end,
    case when status = 'completed' and ${pick('rated', 5)} < 2 then 1 + ${pick('rating', 5)} end,
    case when status = 'cancelled' then at end, case when status = 'cancelled' then 'client' end,
    case when status = 'cancelled' then (array['illness', 'travel', 'work', 'other', null])[1 + ${pick('reason', 5)}] end,
    case when status = 'held' then at end, at - interval '7 days', 'client', at,
    case when series > 0 then md5(f.coach_id || ' series ' || series)::uuid end,
    case when series > 0 then at + make_interval(secs => i) end,
    case when package > 0 then md5(f.coach_id || ' package ' || package)::uuid end, case when status = 'completed' then at end
  from generate_series($3::int, $4::int) i
  join facts f on f.n = 1 + i / $2::int
  cross join lateral (select date_trunc('hour', now())
    + make_interval(mins => ((i % $2::int) * (1051200.0 / $2::int) - 946080)::int / 15 * 15) as at) t
  cross join lateral (select
    case when at > now() then case when ${pick('status', 20)} = 0 then 'cancelled' when ${pick('status', 20)} = 1 then 'held' else 'scheduled' end
      when ${pick('status', 20)} < 3 then 'cancelled' when ${pick('status', 20)} = 3 then 'no_show' else 'completed' end as status,
    ${pick('client', 1_000_000)} % cardinality(f.clients) as client,
    case when ${pick('in series', 5)} = 0 then 1 + ${pick('series', 1_000_000)} % greatest(1, $2::int / 200) else 0 end as series,
    case when ${pick('by credit', 6)} = 0 then 1 + ${pick('package', 1_000_000)} % greatest(1, $2::int / 60) else 0 end as package) s`;

/** Takes the secondary indexes of sessions away; the answer makes them again. */
export async function withoutIndexes(client, work) {
  const { rows } = await client.query(`
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition from pg_index i
    where i.indrelid = 'sessions'::regclass and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`);
  for (const { name } of rows) await client.query(`drop index ${name}`);
  const result = await work();
  for (const { definition } of rows) await client.query(definition);
  await client.query('vacuum analyze');
  return result;
}
