import { sql, type RawBuilder } from '@app/database';
import type { PlaceState } from './domain/package-revenue';

/** Where one of the bought places of an entitlement is, and what for. */
export interface PlaceRow {
  /** From 1. */
  place: number;
  state: PlaceState;
  /** Of a place that pays a session. */
  sessionId: string | null;
  /** The entry that moved it last. */
  entryId: string;
}

/**
 * The places of an entitlement in order, as the ledger has them: the database gives each entry its places (migration 0028).
 * A session's place is delivered once its credit is final: forfeited, or the session is over.
 */
export function placesOf(coachId: string, entitlementId: string): RawBuilder<PlaceRow> {
  return sql<PlaceRow>`
    select t.place, t.id as "entryId", t.session_id as "sessionId", case
        when t.kind = 'debit' and (
          exists (select from sessions s where s.coach_id = t.coach_id and s.id = t.session_id and s.status in ('completed', 'no_show'))
          or exists (select from credit_entries f where f.coach_id = t.coach_id and f.session_id = t.session_id and f.turn = t.turn
            and f.kind = 'forfeit')) then 'delivered'
        when t.kind = 'expire' and t.cause = 'refund' then 'refunded'
        when t.kind = 'expire' or (t.kind = 'adjust' and t.amount < 0) then 'lapsed'
        else 'open' end as state
    from (
      select distinct on (place) place, c.* from credit_entries c cross join unnest(c.places) as place
      where c.coach_id = ${coachId} and c.entitlement_id = ${entitlementId}
      order by place, c.id desc) t
    order by t.place`;
}

/** What the free places of an entitlement `e` are worth together: what refunding its remaining credits gives back. */
export const worthOfFreePlaces: RawBuilder<number> = sql<number>`(
  select coalesce(sum(share_of_place(e.price_minor, e.session_count, t.place)), 0)::bigint
  from (
    select distinct on (place) place, c.kind, c.amount from credit_entries c cross join unnest(c.places) as place
    where c.coach_id = e.coach_id and c.entitlement_id = e.id
    order by place, c.id desc) t
  where t.kind in ('grant', 'restore', 'revive') or (t.kind = 'adjust' and t.amount > 0))`;
