import { Injectable } from '@nestjs/common';
import {
  Accounts,
  actorOf,
  assertVersion,
  Clients,
  insertAudit,
  type Actor,
  type Principal,
} from '@app/accounts';
import { Clock, publicId } from '@app/common';
import { Database, sql, together, type RawBuilder } from '@app/database';
import { policyText } from '@app/offerings';
import { ConfirmationLinks } from './confirmation-links.service';
import { SeriesMoney } from './series-money.service';
import { SeriesActRefused } from './series.errors';
import { SeriesQueries } from './series.queries';
import type { SeriesRecord } from './series-record';
import { PolicyNotAccepted } from './sessions.errors';

/** What somebody who holds the link of a series is shown. */
export interface SeriesConfirmation {
  series: SeriesRecord;
  coachName: string;
  /** IANA zone of the client. */
  timezone: string;
  /** The next session; null where none is to come. */
  nextStartsAt: Date | null;
}

/**
 * The client's agreement to the terms of a series that a coach made for them (domain.md 6): asked for once, it covers all
 * sessions of the series, those that there are and those to come, until an edit brings other terms. Until it is given,
 * nothing beyond what was paid is charged: each session says by itself whether its terms are accepted.
 */
@Injectable()
export class SeriesTerms {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly queries: SeriesQueries,
    private readonly links: ConfirmationLinks,
    private readonly accounts: Accounts,
    private readonly clients: Clients,
    private readonly money: SeriesMoney,
  ) {}

  /**
   * The client agrees, signed in; again is harmless.
   *
   * @throws SeriesNotFound; PolicyNotAccepted for other terms than the series'; SeriesActRefused once it is over;
   *   VersionMismatch
   */
  async accept(
    principal: Principal,
    seriesId: string,
    acceptedPolicyId: string,
    expectedVersion?: number,
  ): Promise<void> {
    const { coachId } = await this.queries.find(principal, seriesId);
    await this.database.transaction(async () => {
      const series = await this.queries.lock(coachId, seriesId);
      assertVersion(expectedVersion, series.version);
      await this.acceptLocked(series, acceptedPolicyId, actorOf(principal), 'app');
    });
  }

  /** What the mailed link shows; it changes nothing. @throws ConfirmationLinkNotFound */
  async show(token: string): Promise<SeriesConfirmation> {
    return this.confirmationOf(await this.links.series(token));
  }

  /**
   * The holder of the mailed link agrees, as the client; again is harmless.
   *
   * @throws ConfirmationLinkNotFound; PolicyNotAccepted for other terms than the series'
   */
  async acceptByLink(token: string, acceptedPolicyId: string): Promise<SeriesConfirmation> {
    const { coachId, id } = await this.links.series(token);
    await this.database.transaction(async () => {
      const series = await this.queries.lock(coachId, id);
      const { accountId } = await this.clients.byId(coachId, series.clientId);
      await this.acceptLocked(series, acceptedPolicyId, { kind: 'client', accountId }, 'link');
    });
    return this.confirmationOf(await this.queries.get(coachId, id));
  }

  private async confirmationOf(series: SeriesRecord): Promise<SeriesConfirmation> {
    const { coachId, clientId, id } = series;
    const [coach, client, next] = await Promise.all([
      this.accounts.principalOf(coachId),
      this.clients.byId(coachId, clientId),
      this.database.one(sql<{ startsAt: Date | null }>`
        select min(starts_at) as "startsAt" from sessions
        where coach_id = ${coachId} and series_id = ${id} and status = 'scheduled' and starts_at > app_now()`),
    ]);
    return { series, coachName: coach.displayName, timezone: client.timezone, nextStartsAt: next.startsAt };
  }

  private async acceptLocked(
    series: SeriesRecord,
    acceptedPolicyId: string,
    actor: Actor,
    via: 'app' | 'link',
  ): Promise<void> {
    const { coachId, id, policyId, policyRules, state } = series;
    if (acceptedPolicyId !== policyId)
      throw new PolicyNotAccepted({ policyId: publicId('policy', policyId), text: policyText(policyRules) });
    if (series.policyAcceptedAt !== null) return;
    if (state !== 'active' && state !== 'paused') throw new SeriesActRefused(`The series is ${state}.`);
    const now = await this.clock.now();
    const objectVersion = series.version + 1;
    await this.database.execute(
      together(
        sql`update series set policy_accepted_at = ${now}::timestamptz, policy_accepted_by = ${actor.accountId}::uuid,
            version = ${objectVersion}, updated_at = ${now}::timestamptz
          where coach_id = ${coachId} and id = ${id}`,
        insertAudit({
          coachId,
          actor,
          action: 'series.accept_terms',
          objectType: 'series',
          objectId: id,
          objectVersion,
          after: { policyId, via },
        }),
      ),
    );
    await this.database.execute(acceptOfSessions(series, actor, via, now));
    await this.money.chargeAccepted({ coachId, actor, now, planId: null }, series);
  }
}

/** The sessions that there are, and those that may come back, with history and audit of each; they are locked by it. */
function acceptOfSessions(
  { coachId, id, policyId }: SeriesRecord,
  actor: Actor,
  via: 'app' | 'link',
  now: Date,
): RawBuilder<unknown> {
  const facts = sql`jsonb_build_object('policyId', ${policyId}::text, 'via', ${via}::text, 'seriesId', ${id}::text)`;
  return sql`with locked as (
      select s.coach_id, s.id from sessions s
      where s.coach_id = ${coachId} and s.series_id = ${id} and s.policy_id = ${policyId} and s.policy_accepted_at is null
        and ((s.status in ('held', 'scheduled') and s.starts_at > ${now}::timestamptz) or s.outcome in ('skipped', 'paused'))
      order by s.id for no key update
    ), covered as (
      update sessions s set policy_accepted_at = ${now}::timestamptz, policy_accepted_by = ${actor.accountId}::uuid,
        version = s.version + 1, updated_at = ${now}::timestamptz
      from locked where s.coach_id = locked.coach_id and s.id = locked.id
      returning s.coach_id, s.id, s.version
    ), told as (
      insert into session_timeline (coach_id, session_id, seq, at, kind, actor_kind, actor_id, details)
      select c.coach_id, c.id,
        (select coalesce(max(t.seq), 0) + 1 from session_timeline t where t.coach_id = c.coach_id and t.session_id = c.id),
        ${now}::timestamptz, 'terms_accepted', ${actor.kind}, ${actor.accountId}::uuid, ${facts}
      from covered c
    )
    insert into audit_entries (coach_id, id, at, actor_kind, actor_id, action, object_type, object_id, object_version, request_id, after)
    select c.coach_id, uuidv7(), app_now(), ${actor.kind}, ${actor.accountId}::uuid, 'session.accept_terms', 'session', c.id, c.version,
      ${actor.requestId ?? null}::text, ${facts}
    from covered c`;
}
