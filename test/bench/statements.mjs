// The SQL of the bare server: what the product does for the same request, as named statements.

export const UPCOMING = {
  name: 'upcoming',
  text: `
    select s.coach_id as "coachId", s.id, s.status, s.outcome, s.starts_at as "startsAt", s.ends_at as "endsAt", s.timezone,
      s.series_id as "seriesId", s.entitlement_id as "entitlementId", s.offering_id as "offeringId",
      s.offering_name as "offeringName", s.funding, s.price_minor as "priceMinor", s.net_minor as "netMinor", s.currency,
      s.payment_status as "paymentStatus", s.policy_accepted_at as "policyAcceptedAt", s.rating, s.meeting_state as "meetingState",
      s.meeting_platform as "meetingPlatform", s.meeting_join_url as "meetingJoinUrl", s.client_id as "clientId",
      s.client_sort_name as "clientSortName", c.display_name as "clientName", c.photo_url as "clientPhotoUrl",
      a.display_name as "coachName", a.photo_url as "coachPhotoUrl", k.join_grace_minutes as "joinGraceMinutes",
      k.waiting_minutes as "waitingMinutes", s.no_show_by as "noShowBy", s.no_show_marked_at as "noShowMarkedAt",
      s.no_show_reported_at as "noShowReportedAt", s.followed_up_at as "followedUpAt", s.rated_at as "ratedAt",
      (s.policy_rules ->> 'freeRescheduleHours')::float8 as "freeRescheduleHours", s.version, app_now() as now
    from (select s.* from sessions s where s.coach_id = $1 and s.status in ('held', 'scheduled')
          order by s.starts_at, s.id limit $2) s
    join clients c on c.coach_id = s.coach_id and c.id = s.client_id
    join coaches k on k.coach_id = s.coach_id
    join accounts a on a.id = s.coach_id
    order by s.starts_at, s.id`,
};

export const OFFERING = {
  name: 'offering',
  text: `select o.*, k.timezone, k.default_policy_id, p.rules, c.id as client_id, c.sort_name
    from offerings o join coaches k on k.coach_id = o.coach_id
    join policies p on p.coach_id = k.coach_id and p.id = k.default_policy_id
    join clients c on c.coach_id = o.coach_id and c.account_id = $2
    where o.id = $1`,
};

export const IDEMPOTENCY_LOOK = {
  name: 'idempotency-look',
  text: `select pg_try_advisory_xact_lock(hashtextextended($1 || ' ' || $2 || ' ' || $3, 0)) as locked, k.fingerprint
    from (select 1) one left join idempotency_keys k on k.principal = $1 and k.route = $2 and k.key = $3`,
};

export const LOCK = {
  name: 'lock',
  text: `select pg_advisory_xact_lock(hashtextextended('coach ' || $1, 0))`,
};

export const TAKEN = {
  name: 'taken',
  text: `select app_now() as now, exists (select from calendar_claims k where k.coach_id = $1
      and k.blocked && tstzrange($2::timestamptz, $3::timestamptz)) as taken,
    (select count(*) from sessions where coach_id = $1 and client_id = $4 and status = 'held') as holds`,
};

export const BOOK = {
  name: 'book',
  text: `
    with session as (
      insert into sessions (coach_id, id, client_id, offering_id, status, starts_at, ends_at, local_start, timezone, before_minutes,
        after_minutes, offering_name, funding, price_minor, currency, policy_id, policy_rules, policy_accepted_at, policy_accepted_by,
        client_sort_name, payment_status, booked_at, booked_by, updated_at)
      values ($1, $2, $3, $4, 'scheduled', $5, $6, $7, $8, 0, 0, $9, 'free', 0, $10, $11, $12, $13, $14, $15, 'free', $13, 'client', $13)),
    claim as (insert into calendar_claims (coach_id, id, session_id, kind, blocked)
      values ($1, uuidv7(), $2, 'session', tstzrange($5, $6))),
    timeline as (insert into session_timeline (coach_id, session_id, seq, at, kind, actor_kind, actor_id, to_status)
      values ($1, $2, 1, $13, 'status_changed', 'client', $14, 'scheduled')),
    audit as (insert into audit_entries (coach_id, id, at, actor_kind, actor_id, action, object_type, object_id, object_version, after)
      values ($1, uuidv7(), $13, 'client', $14, 'session.book', 'session', $2, 1, '{"status":"scheduled"}')),
    messages as (insert into outbox_messages (coach_id, id, type, payload)
      values ($1, uuidv7(), 'sessions.session_scheduled', jsonb_build_object('sessionId', $2::text, 'version', 1)))
    select 1`,
};

export const DETAILS = {
  name: 'details',
  text: `select s.*, c.display_name, c.photo_url, c.email, c.phone, c.completed_sessions, a.display_name as coach_name
    from sessions s join clients c on c.coach_id = s.coach_id and c.id = s.client_id
    join accounts a on a.id = s.coach_id
    left join meetings m on m.coach_id = s.coach_id and m.session_id = s.id
    where s.coach_id = $1 and s.id = $2`,
};

export const IDEMPOTENCY_STORE = {
  name: 'idempotency-store',
  text: `insert into idempotency_keys (principal, route, key, fingerprint, status, body) values ($1, $2, $3, $4, 201, $5)`,
};
