import { sql, type RawBuilder } from '@app/database';
import { isNarrow, type SessionFilter } from './session-filter';
import { revenueColumns, type RevenueOfSession } from './session-revenue';
import { orderOf, stretchesOf, type SessionOrder, type Stretch } from './session-order';

export interface SessionListFilter extends SessionFilter, SessionOrder {
  limit: number;
}

/** The package that pays a session, as it is now. */
export interface EntitlementOfSession {
  id: string;
  /** As bought. */
  packageName: string;
  remaining: number;
  total: number;
  /** Its last good day, where the coach is. */
  expiresOn: string;
}

/** A row of a list; instants are Dates, amounts minor units. */
export interface SessionListRow {
  coachId: string;
  id: string;
  status: 'held' | 'scheduled' | 'completed' | 'cancelled' | 'no_show';
  outcome: string | null;
  startsAt: Date;
  endsAt: Date;
  timezone: string;
  seriesId: string | null;
  /** RECURRENCE-ID: the start that the series' rule gave it; null without a series. */
  originalStartsAt: Date | null;
  entitlementId: string | null;
  /** Null where no package pays. */
  entitlement: EntitlementOfSession | null;
  offeringId: string;
  offeringName: string;
  funding: string;
  /** The share of the package's price where a package pays. */
  priceMinor: number;
  /** What the coach keeps, as lists sort by it. */
  netMinor: number;
  /** Null where there is none. */
  revenue: RevenueOfSession | null;
  currency: string;
  paymentStatus: string;
  policyAcceptedAt: Date | null;
  rating: number | null;
  meetingState: string;
  meetingPlatform: string | null;
  meetingJoinUrl: string | null;
  clientId: string;
  clientName: string;
  clientSortName: string;
  clientPhotoUrl: string | null;
  coachName: string;
  coachPhotoUrl: string | null;
  joinGraceMinutes: number;
  waitingMinutes: number;
  /** Of the booking's terms: the notice from which the client moves the session alone. */
  freeRescheduleHours: number;
  noShowBy: 'client' | 'coach' | null;
  noShowMarkedAt: Date | null;
  noShowReportedAt: Date | null;
  followedUpAt: Date | null;
  ratedAt: Date | null;
  /** What is owed for cancelling late or not coming is not paid: the coach can let it off. */
  isChargeWaivable: boolean;
  version: number;
  now: Date;
}

/**
 * One page as one statement: rows are found and cut first, each stretch by an index that ends in id; names are joined to
 * those only, and the page is sorted once more on the outside (performance.md 2).
 */
export function pageQuery(
  filters: RawBuilder<unknown>[],
  page: SessionListFilter,
): RawBuilder<SessionListRow> {
  // One row more than asked for tells that there is another page.
  const limit = page.limit + 1;
  const stretches = stretchesOf(page).map((one) => firstOf(one, filters, isNarrow(page), limit));
  // A second stretch is not begun when the first fills the page.
  const cut = sql`select * from (${sql.join(stretches, sql` union all `)}) s limit ${limit}`;
  return sql<SessionListRow>`
    select s.coach_id as "coachId", s.id, s.status, s.outcome, s.starts_at as "startsAt", s.ends_at as "endsAt", s.timezone,
      s.series_id as "seriesId", s.original_starts_at as "originalStartsAt", s.entitlement_id as "entitlementId",
      ${entitlementColumn}, s.offering_id as "offeringId",
      s.offering_name as "offeringName", s.funding, ${revenueColumns}, s.net_minor as "netMinor", s.currency,
      s.payment_status as "paymentStatus", s.policy_accepted_at as "policyAcceptedAt", s.rating, s.meeting_state as "meetingState",
      s.meeting_platform as "meetingPlatform", s.meeting_join_url as "meetingJoinUrl", s.client_id as "clientId",
      s.client_sort_name as "clientSortName", c.display_name as "clientName", c.photo_url as "clientPhotoUrl",
      a.display_name as "coachName", a.photo_url as "coachPhotoUrl", k.join_grace_minutes as "joinGraceMinutes", ${lifeColumns},
      s.version, (select app_now()) as now
    from (${cut}) s
    join clients c on c.coach_id = s.coach_id and c.id = s.client_id
    join coaches k on k.coach_id = s.coach_id
    join accounts a on a.id = s.coach_id
    order by ${orderOf(page)}`;
}

/** The first rows of a stretch that fit the filter. */
function firstOf(
  { conditions, order, isByDate }: Stretch,
  filters: RawBuilder<unknown>[],
  isFew: boolean,
  limit: number,
): RawBuilder<unknown> {
  const all = sql.join([...filters, ...conditions], sql` and `);
  // The few are found first and then sorted: `offset 0` keeps the planner from walking the sort's index in search of
  // them, which it takes for short when they are far from its beginning. Their own indexes are by date already.
  const found =
    isFew && !isByDate
      ? sql`(select s.* from sessions s where ${all} offset 0) s`
      : sql`sessions s where ${all}`;
  return sql`(select s.* from ${found} order by ${order} limit ${limit})`;
}

/** What `allowedActions` needs beside a row's status and times; from `sessions s` and `coaches k`. */
export const lifeColumns: RawBuilder<unknown> = sql`k.waiting_minutes as "waitingMinutes", s.no_show_by as "noShowBy",
  s.no_show_marked_at as "noShowMarkedAt", s.no_show_reported_at as "noShowReportedAt", s.followed_up_at as "followedUpAt",
  s.rated_at as "ratedAt", (s.policy_rules ->> 'freeRescheduleHours')::float8 as "freeRescheduleHours",
  s.status in ('cancelled', 'no_show') and exists (select from payments p
    where p.coach_id = s.coach_id and p.session_id = s.id and p.reason in ('late_cancellation', 'no_show')
      and p.captured_minor = 0 and p.status <> 'canceled' and p.released_at is null) as "isChargeWaivable"`;

/** The package that pays `sessions s`; null where none does. */
export const entitlementColumn: RawBuilder<unknown> = sql`(
  select jsonb_build_object('id', e.id, 'packageName', e.package_name, 'remaining', e.remaining, 'expiresOn', e.expires_on,
    'total', (select sum(t.amount) from credit_entries t
      where t.coach_id = e.coach_id and t.entitlement_id = e.id and t.kind in ('grant', 'adjust')))
  from entitlements e where e.coach_id = s.coach_id and e.id = s.entitlement_id) as entitlement`;
