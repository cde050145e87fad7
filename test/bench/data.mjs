// 100 coaches with 1,000 sessions each over two years, nine of ten in the past; each has one client with an account.

const ACCOUNT = `insert into accounts (id, kind, email, password_hash, display_name, timezone, email_verified_at, created_at, updated_at)`;
const CLIENT = `insert into clients (coach_id, id, account_id, email, display_name, sort_name, timezone, invited_at, accepted_at, created_at, updated_at)`;
const RULES = JSON.stringify({
  tiers: [{ noticeHours: 24, refundPercent: 100 }],
  freeRescheduleHours: 24,
  noShowChargePercent: 100,
  returnCreditOnLateCancel: false,
});

export async function loadData(client, { coaches, sessionsPerCoach, passwordHash }) {
  await client.query('begin');
  for (const kind of ['coach', 'client']) {
    await client.query(
      `${ACCOUNT} select uuidv7(), $3::text, $3::text || '-' || n || '@bench.test', $1, 'Person ' || n, 'Europe/Berlin', now(), now(), now()
       from generate_series(1, $2::int) n`,
      [passwordHash, coaches, kind],
    );
  }
  await client.query(
    `insert into coaches (coach_id, timezone, currency, minimum_notice_minutes, booking_horizon_days, created_at, updated_at)
     select id, 'Europe/Berlin', 'EUR', 0, 730, now(), now() from accounts where kind = 'coach'`,
  );
  await client.query(
    `insert into weekly_hours (coach_id, id, weekday, starts_minute, ends_minute)
     select coach_id, uuidv7(), day, 0, 1440 from coaches, generate_series(1, 7) day`,
  );
  await client.query(
    `insert into policies (coach_id, id, line_id, line_version, name, rules, created_at, created_by)
     select coach_id, uuidv7(), uuidv7(), 1, 'Standard', $1, now(), coach_id from coaches`,
    [RULES],
  );
  await client.query(
    `update coaches c set default_policy_id = p.id from policies p where p.coach_id = c.coach_id`,
  );
  await client.query(
    `insert into offerings (coach_id, id, name, duration_minutes, price_minor, currency, funding_options, created_at, updated_at)
     select coach_id, uuidv7(), 'Talk', 30, 0, 'EUR', '{free}', now(), now() from coaches`,
  );
  await client.query(
    `${CLIENT} select coach_id, uuidv7(), null, 'guest-' || n || '@bench.test', 'Client ' || n, n || ', Client', 'Europe/Berlin',
       now(), now(), now(), now() from coaches, generate_series(1, 50) n`,
  );
  await client.query(
    `${CLIENT} select c.id, uuidv7(), v.id, v.email, v.display_name, v.display_name, 'Europe/Berlin', now(), now(), now(), now()
     from accounts c join accounts v on v.kind = 'client' and v.email = replace(c.email, 'coach', 'client') where c.kind = 'coach'`,
  );
  await addSessions(client, sessionsPerCoach);
  await client.query('commit');
  await client.query('vacuum analyze');
  const { rows } = await client.query(`
    select o.id as "offeringId", o.coach_id as "coachId", k.default_policy_id as "policyId",
      jsonb_build_object('id', a.id, 'email', a.email) as visitor
    from offerings o join coaches k on k.coach_id = o.coach_id
    join clients c on c.coach_id = o.coach_id and c.account_id is not null join accounts a on a.id = c.account_id
    order by o.id`);
  return { practices: rows };
}

/** One session every 17 hours, the newest tenth ahead of now: the far future stays free for bookings. */
async function addSessions(client, sessionsPerCoach) {
  await client.query(
    `with numbered as (select coach_id, id, row_number() over (partition by coach_id order by id) - 1 as n from clients where account_id is null)
     insert into sessions (coach_id, id, client_id, offering_id, status, starts_at, ends_at, local_start, timezone, before_minutes, after_minutes,
       offering_name, funding, price_minor, currency, policy_id, policy_rules, client_sort_name, payment_status, booked_at, booked_by, updated_at,
       completed_at)
     select k.coach_id, uuidv7(), c.id, o.id, case when at < now() then 'completed' else 'scheduled' end, at, at + interval '30 minutes',
       at at time zone 'Europe/Berlin', 'Europe/Berlin', 0, 0, 'Talk', 'free', 0, 'EUR', k.default_policy_id, p.rules, 'Client', 'free',
       at - interval '7 days', 'client', now(), case when at < now() then at end
     from coaches k
     join policies p on p.coach_id = k.coach_id
     join offerings o on o.coach_id = k.coach_id
     cross join lateral (
       select n, date_trunc('hour', now()) + make_interval(hours => (n - $1::int * 9 / 10) * 17) as at
       from generate_series(0, $1::int - 1) n) s
     join numbered c on c.coach_id = k.coach_id and c.n = s.n % 50`,
    [sessionsPerCoach],
  );
  await client.query(
    `insert into calendar_claims (coach_id, id, session_id, kind, blocked)
     select coach_id, uuidv7(), id, 'session', tstzrange(starts_at, ends_at) from sessions`,
  );
  await client.query(
    `insert into session_timeline (coach_id, session_id, seq, at, kind, actor_kind, to_status)
     select coach_id, id, 1, booked_at, 'status_changed', 'client', status from sessions`,
  );
  await addTraces(client);
}

/** What a week of work leaves behind: plans made on empty tables would not be the plans of a running system. */
async function addTraces(client) {
  await client.query(
    `insert into idempotency_keys (principal, route, key, fingerprint, status, body)
     select client_id::text, 'POST /v1/sessions', id::text, sha256(id::text::bytea), 201, '{}' from sessions where starts_at > now()`,
  );
  await client.query(
    `insert into audit_entries (coach_id, id, at, actor_kind, actor_id, action, object_type, object_id, object_version)
     select coach_id, uuidv7(), booked_at, 'client', client_id, 'session.book', 'session', id, 1 from sessions where starts_at > now()`,
  );
  await client.query(
    `insert into outbox_messages (coach_id, id, type, payload, published_at)
     select coach_id, uuidv7(), 'sessions.session_scheduled', jsonb_build_object('sessionId', id, 'version', 1), now()
     from sessions where starts_at > now()`,
  );
}
