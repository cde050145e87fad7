import type { CancelOutcome, SessionStatus } from '../session-record';

/** Who may move a session; `payment` is the news that money came. */
export type TransitionActor = 'client' | 'coach' | 'admin' | 'worker' | 'payment';

/** What a move depends on besides who makes it. */
export interface StatusFacts {
  status: SessionStatus;
  outcome: CancelOutcome | null;
  startsAt: Date;
  endsAt: Date;
  /** Null unless it is a no-show. */
  noShowMarkedAt: Date | null;
}

interface TransitionRule {
  from: SessionStatus;
  /** Of a cancelled session: only what nobody had called off for good comes back. */
  fromOutcomes?: readonly CancelOutcome[];
  to: SessionStatus;
  /** Of a cancellation. */
  outcomes?: readonly CancelOutcome[];
  by: readonly TransitionActor[];
  /** The time in which it may happen; always, when there is none. */
  when?: (facts: StatusFacts, now: Date) => boolean;
}

const DAY_MS = 86_400_000;
/** How long a completed session can be marked as missed, from its end, and a marking be undone, from the marking. */
export const CORRECTION_MS = 7 * DAY_MS;

/**
 * Every lawful move of a session (domain.md 5). An offering of a time begins as `held` or `scheduled`; whatever is not
 * here is a conflict. What more a move needs (the waiting time, a free time, a reason) is asked by its service.
 */
export const TRANSITIONS: readonly TransitionRule[] = [
  { from: 'held', to: 'scheduled', by: ['payment'] },
  { from: 'held', to: 'cancelled', outcomes: ['hold_expired'], by: ['worker'] },
  { from: 'held', to: 'cancelled', outcomes: ['abandoned'], by: ['client', 'coach', 'admin'] },
  { from: 'scheduled', to: 'completed', by: ['coach'], when: hasStarted },
  { from: 'scheduled', to: 'completed', by: ['worker'], when: hasEnded },
  {
    from: 'scheduled',
    to: 'cancelled',
    outcomes: ['in_time', 'late'],
    by: ['client'],
    when: (facts, now) => !hasStarted(facts, now),
  },
  { from: 'scheduled', to: 'cancelled', outcomes: ['by_coach'], by: ['coach', 'admin'] },
  { from: 'scheduled', to: 'cancelled', outcomes: ['skipped', 'paused'], by: ['coach'] },
  // The coach marks the client or themselves; an admin the coach alone (domain.md 9).
  { from: 'scheduled', to: 'no_show', by: ['coach', 'admin'], when: hasStarted },
  {
    from: 'completed',
    to: 'no_show',
    by: ['coach', 'admin'],
    when: (facts, now) => hasStarted(facts, now) && isWithin(CORRECTION_MS, facts.endsAt, now),
  },
  {
    from: 'no_show',
    to: 'scheduled',
    by: ['coach'],
    when: (facts, now) => !hasEnded(facts, now),
  },
  {
    from: 'no_show',
    to: 'completed',
    by: ['coach'],
    when: (facts, now) => hasEnded(facts, now) && isWithin(CORRECTION_MS, facts.noShowMarkedAt, now),
  },
  {
    from: 'cancelled',
    fromOutcomes: ['skipped', 'paused'],
    to: 'scheduled',
    by: ['coach'],
    when: (facts, now) => !hasStarted(facts, now),
  },
  {
    from: 'cancelled',
    fromOutcomes: ['hold_expired'],
    to: 'scheduled',
    by: ['payment'],
    when: (facts, now) => !hasStarted(facts, now),
  },
  { from: 'completed', to: 'cancelled', outcomes: ['retroactive'], by: ['coach', 'admin'] },
  { from: 'no_show', to: 'cancelled', outcomes: ['retroactive'], by: ['coach', 'admin'] },
];

/** A move that is wanted; `outcome` is that of a cancellation. */
export interface WantedMove {
  to: SessionStatus;
  outcome?: CancelOutcome | null;
  by: TransitionActor;
}

/** Whether this move is lawful at this moment. */
export function isLawful(facts: StatusFacts, move: WantedMove, now: Date): boolean {
  return TRANSITIONS.some(
    (rule) =>
      rule.from === facts.status &&
      rule.to === move.to &&
      rule.by.includes(move.by) &&
      returns(rule, facts.outcome) &&
      endsAs(rule, move.outcome ?? null) &&
      (rule.when === undefined || rule.when(facts, now)),
  );
}

function returns({ fromOutcomes }: TransitionRule, outcome: CancelOutcome | null): boolean {
  return fromOutcomes === undefined || (outcome !== null && fromOutcomes.includes(outcome));
}

function endsAs({ outcomes }: TransitionRule, outcome: CancelOutcome | null): boolean {
  return outcomes === undefined ? outcome === null : outcome !== null && outcomes.includes(outcome);
}

function hasStarted({ startsAt }: StatusFacts, now: Date): boolean {
  return now >= startsAt;
}

function hasEnded({ endsAt }: StatusFacts, now: Date): boolean {
  return now >= endsAt;
}

function isWithin(milliseconds: number, since: Date | null, now: Date): boolean {
  return since !== null && now.getTime() <= since.getTime() + milliseconds;
}
