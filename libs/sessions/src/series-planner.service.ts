import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Clients, CoachSettings, type Principal } from '@app/accounts';
import { Availability, type PassableCode } from '@app/availability';
import { Offerings, Policies, type OfferingRecord } from '@app/offerings';
import { anchorRule, dstNotes, parseRule, ruleText, type Occurrence } from '@app/recurrence';
import {
  givesTimeBack,
  takesTime,
  withoutTime,
  type ConflictRule,
  type PlannedOccurrence,
  type SeriesPlanContent,
  type SeriesShape,
} from './domain/series-plan';
import { add, cancel, end, pause, resume, skip, unskip } from './domain/series-changes';
import type { SeriesDraft } from './domain/series-draft';
import { checkRequest, type SeriesChangeRequest } from './domain/series-change-request';
import { edit, move } from './domain/series-shifts';
import { isFreeToCancel, termsOfSeries } from './domain/series-terms';
import { checkReach, fresh, startsWithin, timeAt, timeOf, type SeriesWorld } from './domain/series-world';
import { payingOf, type CreditFallback, type WantedPaying } from './domain/series-payments';
import type { Funding, Platform } from './session-record';
import { SeriesEdits } from './series-edits.service';
import { SeriesFunding } from './series-funding.service';
import { plannedBackMinor } from './series-shares';

/** A series that somebody wants, as JSON. */
export interface SeriesRequest {
  offeringId: string;
  clientId: string;
  /** Wall time of the first occurrence, in the zone. */
  localStart: string;
  timezone: string;
  /** RFC 5545 */
  rule: string;
  onConflict: ConflictRule;
  override: boolean;
  horizonDays: number;
  /** Sessions are made of what starts before this instant. */
  horizonEnd: string;
  platform?: Platform;
  /** How each session is paid; default: free, where the offering is. */
  funding?: Funding;
  entitlementId?: string;
  fallback?: CreditFallback;
  chargeHoursBefore?: number;
}

/** What was looked up for a new series beside its plan. */
export interface NewSeriesPlan {
  content: SeriesPlanContent;
  coachId: string;
}

interface Checking {
  coachId: string;
  clientId: string;
  onConflict: ConflictRule;
  override: boolean;
  now: Date;
  /** An edit asks for another way to pay. */
  repays: boolean;
  /** From when the notice of what is cancelled counts. */
  noticeFrom?: Date | undefined;
}

const DAY_MS = 86_400_000;
/** A series lies beyond the horizon up to which single sessions are booked. */
const PASSED_BY_SERIES: readonly PassableCode[] = ['horizon'];
const DRAFTS = { skip, unskip, pause, resume, end, add, cancel, move };

/** Works out what an act on a series does, to the last session; it changes nothing. */
@Injectable()
export class SeriesPlanner {
  constructor(
    private readonly availability: Availability,
    private readonly offerings: Offerings,
    private readonly policies: Policies,
    private readonly clients: Clients,
    private readonly settings: CoachSettings,
    private readonly edits: SeriesEdits,
    private readonly funding: SeriesFunding,
  ) {}

  /**
   * @throws SeriesFundingUnavailable, SeriesRequestRefused, InvalidRule, OfferingNotFound, NotFound for the client;
   *   `payouts-not-ready`, EntitlementNotFound
   */
  async creation(principal: Principal, request: SeriesRequest): Promise<NewSeriesPlan> {
    const bookable = await this.offerings.bookable(principal, request.offeringId, request.clientId);
    const { offering, client, minutes } = bookable;
    const { coachId } = offering;
    if (client === null) await this.clients.byId(coachId, request.clientId);
    const paying = payingOf(chargedAs(request, offering), offering.fundingOptions);
    await this.edits.checkPaying(paying, { coachId, clientId: request.clientId, offeringId: offering.id });
    const now = new Date(Date.parse(request.horizonEnd) - request.horizonDays * DAY_MS);
    const { rule, start } = anchorRule(parseRule(request.rule), request);
    const { startsAt } = timeAt(start.localStart, start.timezone, minutes.durationMinutes);
    checkReach('localStart', startsAt, now);
    const policyId = bookable.terms?.id ?? (await this.policies.ensureDefault(coachId));
    const shape: SeriesShape = {
      state: 'active',
      rule: ruleText(rule),
      localStart: start.localStart,
      timezone: start.timezone,
      offeringId: offering.id,
      offeringName: offering.name,
      durationMinutes: minutes.durationMinutes,
      beforeMinutes: minutes.beforeMinutes,
      afterMinutes: minutes.afterMinutes,
      platform: request.platform ?? offering.platform,
      priceMinor: offering.priceMinor,
      currency: offering.currency,
      policyId,
      materialisedUntil: request.horizonEnd,
      pausedFrom: null,
      pausedUntil: null,
      ...paying,
    };
    const window = { from: new Date(0), until: new Date(request.horizonEnd) };
    const planned = startsWithin({ rule, start }, window).map((occurrence) =>
      fresh(timeOf(occurrence, start.timezone, shape.durationMinutes)),
    );
    const draft = { occurrences: planned, series: shape, splitOff: null, blockedBy: [] };
    const content = await this.finish({ change: 'create', scope: 'all_future' }, draft, {
      ...request,
      coachId,
      now,
      repays: false,
    });
    return { content, coachId };
  }

  /** @throws SeriesActRefused, SeriesRequestRefused, InvalidRule */
  async change(
    principal: Principal,
    world: SeriesWorld,
    request: SeriesChangeRequest,
  ): Promise<SeriesPlanContent> {
    const { coachId, clientId, override } = world.series;
    checkRequest(request);
    const { draft, repays } = await this.drafted(principal, world, request);
    const checking = {
      coachId,
      clientId,
      onConflict: request.onConflict,
      override: override || request.override,
      now: world.now,
      repays,
      noticeFrom: request.noticeFrom === undefined ? undefined : new Date(request.noticeFrom),
    };
    return this.finish(request, draft, checking);
  }

  private async drafted(
    principal: Principal,
    world: SeriesWorld,
    request: SeriesChangeRequest,
  ): Promise<{ draft: SeriesDraft; repays: boolean }> {
    const { change } = request;
    if (change !== 'edit') return { draft: DRAFTS[change](world, request), repays: false };
    const { terms, paying } = await this.edits.of(principal, world.series, request);
    return { draft: edit(world, request, terms, paying), repays: paying !== undefined };
  }

  private async finish(
    { change, scope }: Pick<SeriesPlanContent, 'change' | 'scope'>,
    draft: SeriesDraft,
    checking: Checking,
  ): Promise<SeriesPlanContent> {
    const shape = draft.splitOff ?? draft.series;
    const planned = draft.occurrences.map((each) => withTermsOfSeries(each, shape));
    const checked = await this.checkTimes(planned, shape, checking);
    const isBlocked = checking.onConflict === 'fail' && checked.some(({ conflicts }) => conflicts.length > 0);
    const timed = checked.map((each) =>
      each.conflicts.length > 0 ? withoutTime(each, checking.onConflict) : each,
    );
    const { occurrences: settled, credits } = await this.funding.paid(timed, { ...checking, shape });
    return {
      change,
      scope,
      series: draft.series,
      splitOff: draft.splitOff,
      occurrences: (await this.withNotes(settled, shape, checking)).map((each) => ({
        ...each,
        freeToCancel: isFreeToCancel(each),
      })),
      blockedBy: [...draft.blockedBy, ...(isBlocked ? (['conflicts'] as const) : [])],
      credits,
      money: {
        currency: shape.currency,
        bookedMinor: settled.filter(isBookedForMoney).length * shape.priceMinor,
        dearerMinor: settled.reduce((sum, each) => sum + dearerBy(each), 0),
        refundMinor: settled.reduce((sum, each) => sum + plannedBackMinor(each), 0),
        refundWaitsForDispute: settled.some(({ givesBack }) => givesBack?.waitsForDispute === true),
      },
      mails: [
        { to: 'coach', kind: 'series_digest' },
        { to: 'client', kind: 'series_digest' },
      ],
    };
  }

  /** All new times at once, as if those that leave theirs had left. */
  private async checkTimes(
    occurrences: readonly PlannedOccurrence[],
    shape: SeriesShape,
    { coachId, override }: Checking,
  ): Promise<PlannedOccurrence[]> {
    const leaving = occurrences.filter((planned) => takesTime(planned) || givesTimeBack(planned));
    const wanted = occurrences.flatMap((planned) =>
      takesTime(planned) && planned.after !== null ? [{ planned, after: planned.after }] : [],
    );
    const answers = await this.availability.check({
      coachId,
      offeringId: shape.offeringId,
      wanted: wanted.map(({ planned, after }) => {
        const { beforeMinutes, afterMinutes } = planned.newTerms ?? planned.terms ?? shape;
        const startsAt = new Date(after.startsAt);
        return { startsAt, durationMinutes: after.durationMinutes, beforeMinutes, afterMinutes };
      }),
      override,
      passing: PASSED_BY_SERIES,
      exceptSessionIds: leaving.flatMap(({ sessionId }) => (sessionId === null ? [] : [sessionId])),
      withoutSpentHolds: true,
    });
    const reasons = new Map(wanted.map(({ planned }, index) => [planned, answers[index]?.reasons ?? []]));
    return occurrences.map((planned) => ({ ...planned, conflicts: reasons.get(planned) ?? [] }));
  }

  /** Where the clocks make a time look different to one of the two. */
  private async withNotes(
    planned: readonly PlannedOccurrence[],
    shape: SeriesShape,
    { coachId, clientId }: Checking,
  ): Promise<PlannedOccurrence[]> {
    const [settings, client] = await Promise.all([
      this.settings.get(coachId),
      this.clients.byId(coachId, clientId),
    ]);
    const zones = { series: shape.timezone, coach: settings.timezone, client: client.timezone };
    const notes = dstNotes(
      planned.flatMap((each) => occurrenceOf(each, shape)),
      zones,
    );
    return planned.map((each) => ({
      ...each,
      notes: notes
        .filter(({ originalStartsAt }) => originalStartsAt.toISOString() === each.after?.startsAt)
        .map(({ party, kind, text }) => ({ party, kind, text })),
    }));
  }
}

/** On the saved card so long before the start as the offering is sold, unless the series says so itself. */
function chargedAs(
  request: SeriesRequest,
  { chargeHoursBefore }: Pick<OfferingRecord, 'chargeHoursBefore'>,
): WantedPaying {
  const isCharged = request.funding === 'pay_later' || request.fallback === 'saved_card';
  return isCharged
    ? { ...request, chargeHoursBefore: request.chargeHoursBefore ?? chargeHoursBefore }
    : request;
}

/** What comes back is sold as its series is by now. */
function withTermsOfSeries(planned: PlannedOccurrence, shape: SeriesShape): PlannedOccurrence {
  const terms = termsOfSeries(shape);
  const comesBackOtherwise = planned.action === 'restore' && !isDeepStrictEqual(planned.terms, terms);
  return comesBackOtherwise ? { ...planned, newTerms: terms } : planned;
}

/** What a credit pays costs no money. */
function isBookedForMoney({ action, paidBy }: PlannedOccurrence): boolean {
  return action === 'book' && paidBy !== null && paidBy.by !== 'credit';
}

function dearerBy({ terms, newTerms }: PlannedOccurrence): number {
  return terms === null || newTerms === null ? 0 : newTerms.priceMinor - terms.priceMinor;
}

function occurrenceOf({ after }: PlannedOccurrence, shape: SeriesShape): Occurrence[] {
  if (after === null || after.timezone !== shape.timezone) return [];
  const { localStart, gapShifted } = after;
  const startsAt = new Date(after.startsAt);
  const originalLocalStart = gapShifted
    ? `${localStart.slice(0, 10)}${shape.localStart.slice(10)}`
    : localStart;
  return [
    { originalLocalStart, originalStartsAt: startsAt, startsAt, localStart, gapShifted, ambiguous: false },
  ];
}
