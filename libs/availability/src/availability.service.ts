import { Injectable } from '@nestjs/common';
import { newId, zoneOffsets } from '@app/common';
import { Database, isInTransaction, sql } from '@app/database';
import { NotBookable, RangeRefused, SlotTaken, type Alternatives } from './availability.errors';
import type {
  BookingFacts,
  FormerTime,
  SlotQuestion,
  Slots,
  TimeAnswer,
  TimesQuestion,
} from './availability.questions';
import { claimedTime, otherClaims, type ClaimExceptions } from './claims';
import type { FreeTimeFacts } from './domain/calendar';
import { freeStarts, nearestFreeStarts, whyNotFree } from './domain/free-time';
import { isClaim, isPassableByCoach, type Reason } from './domain/free-time-rules';
import { rangeOf, whyNotFreeTogether } from './domain/free-together';
import type { Span } from './domain/spans';
import { factsOf, selectFacts, type FactsQuestion } from './facts.query';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MOST_DAYS = 62;
const ALTERNATIVES = 3;
/** Starts that are checked at once: a daily series of more than a year. */
const MOST_TIMES = 500;
const LONGEST_BATCH_DAYS = 1_100;
/** Where alternatives are looked for: a week before the wanted start to three weeks after it. */
const ALTERNATIVES_BEFORE_MS = 7 * DAY_MS;
const ALTERNATIVES_AFTER_MS = 21 * DAY_MS;

/** Free time of coaches: one set of rules for showing, booking, moving and explaining (domain.md 6). */
@Injectable()
export class Availability {
  constructor(private readonly database: Database) {}

  /**
   * Whoever adds or moves time of a coach takes this lock first, for the rest of the transaction (reliability R1).
   *
   * @throws Conflict `calendar-busy` when it was not got in time
   */
  async lockCoach(coachId: string): Promise<void> {
    if (!isInTransaction()) throw new Error('A coach is locked inside a transaction.');
    await this.database.execute(
      sql`select pg_advisory_xact_lock(hashtextextended(${lockName(coachId)}::text, 0))`,
    );
  }

  /**
   * Locks the coach for a booking. Where others hold the lock it looks first: what is plainly taken need not queue for
   * it (reliability R1). A hold that has run out does not count; under the lock it is cleared away.
   *
   * @throws SlotTaken; Conflict `calendar-busy`
   */
  async lockForBooking(wanted: BookingFacts): Promise<void> {
    if (await this.lockedAtOnce(wanted.coachId)) return;
    const { from, to } = claimedTime(wanted.startsAt, wanted);
    const { taken } = await this.database.one(sql<{ taken: boolean }>`
      select exists (
        select from calendar_claims k
        left join sessions s on s.coach_id = k.coach_id and s.id = k.session_id
        where k.coach_id = ${wanted.coachId} and ${otherClaims(exceptionsOf(wanted))}
          and (s.hold_expires_at is null or s.hold_expires_at > app_now())
          and (k.expires_at is null or k.expires_at > app_now())
          and k.blocked && tstzrange(${from}::timestamptz, ${to}::timestamptz)) as taken`);
    if (taken) throw this.slotTaken(wanted);
    await this.lockCoach(wanted.coachId);
  }

  private async lockedAtOnce(coachId: string): Promise<boolean> {
    const { locked } = await this.database.one(sql<{ locked: boolean }>`
      select pg_try_advisory_xact_lock(hashtextextended(${lockName(coachId)}::text, 0)) as locked`);
    return locked;
  }

  /** Facts about starts in a range. Under the coach's lock they stay true until the commit. */
  async facts(question: FactsQuestion, range: Span): Promise<FreeTimeFacts> {
    return factsOf(await this.database.one(selectFacts(question, range)), range);
  }

  /**
   * The starts that can be booked now.
   *
   * @throws RangeRefused for an empty range, or one of more than 62 days
   */
  async slots(question: SlotQuestion): Promise<Slots> {
    const range = { fromMs: question.from.getTime(), toMs: question.to.getTime() };
    if (range.fromMs >= range.toMs) throw new RangeRefused('"to" must be later than "from".');
    if (range.toMs - range.fromMs > MOST_DAYS * DAY_MS)
      throw new RangeRefused(`At most ${MOST_DAYS} days at once.`);
    const facts = await this.facts(asShown(question), range);
    const starts = freeStarts(facts, question, range);
    const localStarts = wallTimes(starts, question.timezone, range);
    const slots = starts.map((startMs, index) => ({
      startsAt: new Date(startMs),
      endsAt: new Date(startMs + question.durationMinutes * MINUTE_MS),
      localStart: localStarts[index] ?? '',
    }));
    return { coachTimezone: facts.timezone, slots };
  }

  /** Everything that stands against a start, as the coach may read it; empty when it can be booked. */
  async explain(wanted: BookingFacts): Promise<Reason[]> {
    const startMs = wanted.startsAt.getTime();
    const question = { ...asShown(wanted), reachMinutes: reachOf(wanted) };
    return whyNotFree(await this.facts(question, around(startMs)), wanted, startMs);
  }

  /**
   * Checks a start, under the coach's lock so that it stays free until the commit.
   *
   * @returns business time of the check
   * @throws SlotTaken with alternatives; NotBookable `availability.outside_hours | too_short_notice | …`
   */
  async assertFree(wanted: BookingFacts): Promise<Date> {
    const startMs = wanted.startsAt.getTime();
    const question = { ...underLock(wanted), reachMinutes: reachOf(wanted) };
    const facts = await this.facts(question, around(startMs));
    const reasons = whyNotFree(facts, wanted, startMs);
    if (reasons.some(isClaim)) throw this.slotTaken(wanted);
    const standing =
      wanted.override === true ? reasons.filter((reason) => !isPassableByCoach(reason)) : reasons;
    if (standing.length > 0) throw new NotBookable(standing);
    return new Date(facts.nowMs);
  }

  /**
   * What stands against each of up to 500 starts, read in one query: those of a series, or those that are proposed.
   * They count for each other, in claims and in caps, unless only one of them is to be taken. Under the coach's lock the
   * answers stay true until the commit; holds that have run out are best cleared away first.
   *
   * @returns one answer per start, in the order asked
   */
  async check(question: TimesQuestion): Promise<TimeAnswer[]> {
    const wanted = question.wanted.map((time) => ({ ...time, startMs: time.startsAt.getTime() }));
    if (wanted.length === 0) return [];
    const range = rangeOf(wanted);
    if (wanted.length > MOST_TIMES || range.toMs - range.fromMs > LONGEST_BATCH_DAYS * DAY_MS)
      throw new RangeError(
        `at most ${MOST_TIMES} starts within ${LONGEST_BATCH_DAYS} days are checked at once`,
      );
    const facts = await this.facts(question, range);
    const passed = new Set<string>(question.passing);
    const answers = whyNotFreeTogether(facts, wanted, {
      oneOf: question.oneOf,
      isPassed: (reason) =>
        isPassableByCoach(reason) && (question.override === true || passed.has(reason.code)),
    });
    return wanted.map(({ startsAt }, index) => {
      const reasons = answers[index] ?? [];
      return { startsAt, free: reasons.length === 0, reasons };
    });
  }

  /** The refusal of a start that somebody else has; the alternatives are looked for after the rollback. */
  slotTaken(wanted: BookingFacts): SlotTaken {
    return new SlotTaken(() => this.alternatives(wanted));
  }

  /** The free starts nearest to the wanted one, in order of time. */
  async alternatives(wanted: BookingFacts, most = ALTERNATIVES): Promise<Alternatives> {
    const nearMs = wanted.startsAt.getTime();
    const range = { fromMs: nearMs - ALTERNATIVES_BEFORE_MS, toMs: nearMs + ALTERNATIVES_AFTER_MS };
    const facts = await this.facts(asShown(wanted), range);
    return {
      alternatives: nearestFreeStarts(facts, wanted, nearMs, most).map((startMs) => ({
        startsAt: new Date(startMs).toISOString(),
        endsAt: new Date(startMs + wanted.durationMinutes * MINUTE_MS).toISOString(),
      })),
    };
  }

  /**
   * Gives a session whose hold had run out its time back, under the coach's lock. Hours and notice were agreed when it was
   * booked; only what the coach has planned since stands in the way: other sessions and time off.
   *
   * @returns whether the time was still free
   */
  async reclaim(session: FormerTime): Promise<boolean> {
    const { coachId, id, startsAt, endsAt, beforeMinutes, afterMinutes } = session;
    const blocked = sql`tstzrange(
      ${startsAt}::timestamptz - make_interval(mins => ${beforeMinutes}),
      ${endsAt}::timestamptz + make_interval(mins => ${afterMinutes}))`;
    const claimed = await this.database.execute(sql`
      insert into calendar_claims (coach_id, id, session_id, kind, blocked)
      select ${coachId}::uuid, ${newId()}::uuid, ${id}::uuid, 'session', ${blocked}
      where not exists (
          select from calendar_claims k
          where k.coach_id = ${coachId} and k.session_id <> ${id}::uuid and k.blocked && ${blocked})
        and not exists (
          select from time_off o
          where o.coach_id = ${coachId} and tstzrange(o.starts_at, o.ends_at) && tstzrange(${startsAt}::timestamptz, ${endsAt}::timestamptz))`);
    return claimed === 1;
  }
}

type Asked = Pick<BookingFacts, 'coachId' | 'offeringId' | 'exceptSessionId' | 'exceptProposalOf'>;

function exceptionsOf({ exceptSessionId, exceptProposalOf }: Asked): ClaimExceptions {
  return { exceptSessionIds: exceptSessionId === undefined ? [] : [exceptSessionId], exceptProposalOf };
}

function underLock(asked: Asked): FactsQuestion {
  return { coachId: asked.coachId, offeringId: asked.offeringId, ...exceptionsOf(asked) };
}

/** A booking clears spent holds away, so what is shown goes without them. */
function asShown(asked: Asked): FactsQuestion {
  return { ...underLock(asked), withoutSpentHolds: true };
}

/** How far from its start a session and its buffers take time. */
function reachOf({ beforeMinutes, durationMinutes, afterMinutes }: BookingFacts): number {
  return Math.max(beforeMinutes, durationMinutes + afterMinutes);
}

function around(startMs: number): Span {
  return { fromMs: startMs, toMs: startMs + 1 };
}

function lockName(coachId: string): string {
  return `coach ${coachId}`;
}

/** Wall times of ascending instants within a range; the zone is looked up once, not once for each of them. */
function wallTimes(instantsMs: readonly number[], timezone: string, range: Span): string[] {
  const periods = zoneOffsets(timezone, new Date(range.fromMs), new Date(range.toMs));
  let at = 0;
  return instantsMs.map((instantMs) => {
    while ((periods[at + 1]?.from ?? Infinity) <= instantMs) at += 1;
    return new Date(instantMs + (periods[at]?.offsetMs ?? 0)).toISOString().slice(0, 19);
  });
}
