import { publicId, type IdKind } from '@app/common';
import { sql, type RawBuilder } from '@app/database';
import type { TestApp } from '../support/test-app';
import type { History } from './history';

/** What an operation leaves behind, as `effect` of its calls says it. */
interface Traces {
  kind: IdKind;
  /** `id`, and `words` that follow it. */
  rows: RawBuilder<{ id: string; words: string }>;
  /** The same again is answered with success, and does nothing. */
  isOnce?: boolean;
}

export interface Verdict {
  operation: string;
  acknowledged: number;
  unsure: number;
  /** Acknowledged, and not there. */
  missing: string[];
  /** There, though nobody was told of a success and nobody waits for an answer. */
  unexplained: string[];
}

const ISO = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';
const at = (column: string): RawBuilder<unknown> =>
  sql`to_char(${sql.raw(column)} at time zone 'UTC', ${ISO})`;

const answered = (status: string): RawBuilder<{ id: string; words: string }> =>
  sql`select id, '' as words from reschedule_proposals where status = ${status}`;
const carriedOut = (kind: string): RawBuilder<{ id: string; words: string }> =>
  sql`select id, '' as words from series_plans where kind = ${kind} and used_at is not null`;

const TRACES: Record<string, Traces> = {
  cancel: {
    kind: 'session',
    rows: sql`select id, '' as words from sessions where series_id is null and cancelled_by in ('client', 'coach')`,
  },
  refund: {
    kind: 'session',
    rows: sql`select p.session_id as id, ' ' || r.amount_minor as words from refunds r
      join payments p on p.coach_id = r.coach_id and p.id = r.payment_id where r.reason = 'goodwill'`,
  },
  note: { kind: 'session', rows: sql`select session_id as id, '' as words from notes` },
  move: {
    kind: 'session',
    rows: sql`select session_id as id, ' to ' || (details ->> 'to') as words from session_timeline
      where kind = 'moved' and not details ? 'proposalId' and not details ? 'seriesId'`,
  },
  propose: {
    kind: 'session',
    rows: sql`select session_id as id, ' ' || made_by || ' ' || (
        select string_agg(${at('time')}, ',' order by time) from unnest(times) as offered (time)) as words
      from reschedule_proposals where purpose = 'move'`,
  },
  accept: {
    kind: 'proposal',
    rows: sql`select id, ' at ' || ${at('chosen_starts_at')} as words from reschedule_proposals where status = 'accepted'`,
    isOnce: true,
  },
  decline: { kind: 'proposal', rows: answered('declined'), isOnce: true },
  withdraw: { kind: 'proposal', rows: answered('withdrawn'), isOnce: true },
  mark: { kind: 'session', rows: sql`select session_id as id, '' as words from no_shows` },
  undo: {
    kind: 'session',
    rows: sql`select session_id as id, '' as words from no_shows where ended_how = 'undone'`,
  },
  report: {
    kind: 'session',
    rows: sql`select session_id as id, '' as words from no_show_reports`,
    isOnce: true,
  },
  followUp: { kind: 'session', rows: sql`select session_id as id, '' as words from follow_ups` },
  complete: {
    kind: 'session',
    rows: sql`select session_id as id, '' as words from session_timeline
      where to_status = 'completed' and from_status = 'scheduled' and actor_kind = 'coach'`,
    isOnce: true,
  },
  'adjust credits': {
    kind: 'entitlement',
    rows: sql`select entitlement_id as id, ' ' || amount as words from credit_entries where kind = 'adjust'`,
  },
  'refund package': {
    kind: 'entitlement',
    rows: sql`select entitlement_id as id, '' as words from entitlement_refunds`,
  },
  'make series': { kind: 'plan', rows: carriedOut('create'), isOnce: true },
  'change series': { kind: 'plan', rows: carriedOut('change'), isOnce: true },
};

/** Acknowledged: there. Refused: without effect. No answer: there or not, as a whole. For each operation that leaves a trace. */
export async function judge(app: TestApp, history: History): Promise<Verdict[]> {
  const verdicts = Object.entries(TRACES).map(
    async ([operation, { kind, rows, isOnce }]): Promise<Verdict> => {
      const found = await app.database.many(rows);
      return verdictOf(
        operation,
        history,
        found.map(({ id, words }) => `${publicId(kind, id)}${words}`),
        isOnce === true,
      );
    },
  );
  return [
    ...(await Promise.all(verdicts)),
    await judgeBookings(app, history),
    await judgePurchases(app, history),
    await judgeRatings(app, history),
  ];
}

/** Sessions as they were booked, by whom and for when, wherever they are by now. */
async function judgeBookings(app: TestApp, history: History): Promise<Verdict> {
  const rows = await app.database.many(sql<{ effect: string }>`
    select c.account_id || ' at ' || coalesce(
      (select t.details ->> 'from' from session_timeline t where t.coach_id = s.coach_id and t.session_id = s.id and t.kind = 'moved'
        order by t.seq limit 1), ${at('s.starts_at')}) as effect
    from sessions s join clients c on c.coach_id = s.coach_id and c.id = s.client_id
    where s.series_id is null and s.follows_session_id is null`);
  return verdictOf(
    'book',
    history,
    rows.map(({ effect }) => effect),
    false,
  );
}

/** Packages by who bought them. */
async function judgePurchases(app: TestApp, history: History): Promise<Verdict> {
  const rows = await app.database.many(sql<{ effect: string }>`
    select c.account_id as effect from entitlements e join clients c on c.coach_id = e.coach_id and c.id = e.client_id`);
  return verdictOf(
    'buy package',
    history,
    rows.map(({ effect }) => effect),
    false,
  );
}

/** The rating that stands is one that was given; who was told that theirs is stored finds one. */
async function judgeRatings(app: TestApp, history: History): Promise<Verdict> {
  const rows = await app.database.many(
    sql<{ id: string; rating: number }>`select id, rating from sessions where rating is not null`,
  );
  const { acknowledged, unsure } = history.effects('rate');
  const standing = rows.map(({ id, rating }) => `${publicId('session', id)} ${rating}`);
  const rated = new Set(standing.map(sessionOf));
  const given = new Set([...acknowledged, ...unsure]);
  return {
    operation: 'rate',
    acknowledged: acknowledged.length,
    unsure: unsure.length,
    missing: acknowledged.filter((effect) => !rated.has(sessionOf(effect))),
    unexplained: standing.filter((effect) => !given.has(effect)),
  };
}

function sessionOf(effect: string): string {
  return effect.split(' ')[0] ?? '';
}

function verdictOf(operation: string, history: History, found: string[], isOnce: boolean): Verdict {
  const told = history.effects(operation);
  const acknowledged = isOnce ? [...new Set(told.acknowledged)] : told.acknowledged;
  const unexplained = without(found, acknowledged);
  return {
    operation,
    acknowledged: acknowledged.length,
    unsure: told.unsure.length,
    missing: without(acknowledged, found),
    unexplained: without(unexplained, told.unsure),
  };
}

/** What is left of a list when each item of another took one equal away. */
function without(list: readonly string[], taken: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const item of taken) counts.set(item, (counts.get(item) ?? 0) + 1);
  return list.filter((item) => {
    const count = counts.get(item) ?? 0;
    counts.set(item, count - 1);
    return count <= 0;
  });
}

interface HalfDone {
  planId: string;
  isUsed: boolean;
  planned: number;
  done: number;
  /** The act, and what it was to do with each occurrence. */
  acts: string;
}

/** Plans of series of which only a part was carried out: the sessions that they name against those that their act changed. */
export async function halfDonePlans(app: TestApp): Promise<HalfDone[]> {
  return app.database.many(sql<HalfDone>`
    select p.id as "planId", p.used_at is not null as "isUsed", planned.count as planned, done.count as done,
      (p.content ->> 'change') || ': ' || planned.acts as acts
    from series_plans p
    cross join lateral (
      select count(*)::int as count, string_agg(o ->> 'action' || ' ' || (o ->> 'state') || ' ' || (o ->> 'originalStartsAt'), ', ') as acts
      from jsonb_array_elements(p.content -> 'occurrences') as o
      where o ->> 'action' = 'book' or (o ->> 'sessionId' is not null and o ->> 'action' not in ('keep', 'omit'))) planned
    cross join lateral (
      select count(distinct a.object_id)::int as count from audit_entries a
      where a.coach_id = p.coach_id and a.object_type = 'session' and a.cause = p.id::text) done
    where done.count <> case when p.used_at is null then 0 else planned.count end`);
}
