import { Injectable } from '@nestjs/common';
import { CoachSettings } from '@app/accounts';
import { Database } from '@app/database';
import { Policies } from '@app/offerings';
import { SpendableCredits } from '@app/packages';
import { PayoutAccounts } from '@app/payments';
import type { CreditsOfPlan } from './domain/series-payments';
import type { PlannedOccurrence, SeriesShape } from './domain/series-plan';
import { creditsOf, paidOccurrences } from './series-settlement';
import { paymentsOfSessions, type SessionPaying } from './series-payment-facts';

/** Of an act whose times are settled. */
export interface PayingRequest {
  coachId: string;
  clientId: string;
  /** The series as it is after the act. */
  shape: SeriesShape;
  /** The act asks for another way to pay. */
  repays: boolean;
  now: Date;
  /** From when the notice of what is cancelled counts; default: now. */
  noticeFrom?: Date | undefined;
}

export interface PaidPlan {
  occurrences: PlannedOccurrence[];
  credits: CreditsOfPlan | null;
}

/** Looks up how the sessions of an act on a series are paid; it changes nothing. */
@Injectable()
export class SeriesFunding {
  constructor(
    private readonly database: Database,
    private readonly policies: Policies,
    private readonly settings: CoachSettings,
    private readonly spendable: SpendableCredits,
    private readonly payoutAccounts: PayoutAccounts,
  ) {}

  /** In a transaction the packages are locked, so that the credits of the plan are those that are drawn. */
  async paid(occurrences: readonly PlannedOccurrence[], request: PayingRequest): Promise<PaidPlan> {
    const { coachId, clientId, shape, repays, now, noticeFrom = now } = request;
    const present = await this.present(coachId, occurrences);
    const isFree = [...present.values()].every(({ funding }) => funding === 'free');
    if (shape.funding === 'free' && isFree) return { occurrences: [...occurrences], credits: null };
    const context = {
      shape,
      rules: (await this.policies.byId(coachId, shape.policyId)).rules,
      timezone: (await this.settings.get(coachId)).timezone,
      canCharge: (await this.payoutAccounts.get(coachId)) !== undefined,
      repays,
      noticeFrom,
      now,
    };
    const { offeringId, entitlementId } = shape;
    const search = { coachId, clientId, offeringId, entitlementId };
    const isByCredit = shape.funding === 'package';
    const supply = isByCredit ? await this.spendable.of(search) : [];
    const isDisputed = isByCredit && (await this.spendable.isDisputed(search));
    const paid = paidOccurrences(occurrences, present, supply, context);
    return { occurrences: paid, credits: creditsOf(paid, shape, isDisputed) };
  }

  private async present(
    coachId: string,
    occurrences: readonly PlannedOccurrence[],
  ): Promise<Map<string, SessionPaying>> {
    const ids = occurrences.flatMap(({ sessionId }) => (sessionId === null ? [] : [sessionId]));
    if (ids.length === 0) return new Map();
    const rows = await this.database.many(paymentsOfSessions(coachId, ids));
    return new Map(rows.map((row) => [row.sessionId, row]));
  }
}
