import { ApiProperty } from '@nestjs/swagger';

import {
  DIFFERENCE_KINDS,
  DIFFERENCE_STATES,
  type DifferenceKind,
  type DifferenceState,
} from '@app/payments';
import { CommaList, Instant, Omittable, Words } from '../http/fields';
import { PageQuery } from '../http/page.dto';

export class ReconcileBody {
  /** Beginning of the window, by the time at Stripe; 48 hours before its end where it is left out */
  @Omittable()
  @Instant('2026-11-01T00:00:00Z')
  from?: Date;

  /** Its end; now, where it is left out or ahead */
  @Omittable()
  @Instant('2026-11-08T00:00:00Z')
  to?: Date;
}

/** How many were compared */
export class ComparedView {
  /** Listed by Stripe */
  there: number;

  /** Of ours in the window */
  here: number;
}

export class ReconciliationView {
  id: string;

  @ApiProperty({ enum: ['hourly', 'daily', 'requested'] })
  kind: 'hourly' | 'daily' | 'requested';

  from: string;

  to: string;

  requestedAt: string;

  /** Null while it waits for the worker */
  startedAt: string | null;

  /** Null until all is compared */
  finishedAt: string | null;

  payments: ComparedView;

  refunds: ComparedView;

  disputes: ComparedView;

  /** Payments that were read again one by one, because the lists did not agree or a difference was open */
  lookedAt: number;

  /** New differences */
  found: number;

  /** Brought in line */
  mended: number;

  /** Left for a person to decide */
  raised: number;

  /** Differences of earlier runs that are gone */
  resolved: number;
}

export class AcceptDifferenceBody {
  /** @example The fee was given back by hand, as agreed with the coach. */
  @Words(500)
  reason: string;
}

export class DifferenceListQuery extends PageQuery {
  @Omittable()
  @CommaList(DIFFERENCE_STATES)
  state?: DifferenceState[];

  @Omittable()
  @CommaList(DIFFERENCE_KINDS)
  kind?: DifferenceKind[];
}

export class DifferenceView {
  id: string;

  @ApiProperty({ enum: DIFFERENCE_KINDS })
  kind: DifferenceKind;

  /** `found` is mended by the next run, `raised` waits for a person; `mended`, `resolved` and `accepted` are settled */
  @ApiProperty({ enum: DIFFERENCE_STATES })
  state: DifferenceState;

  @ApiProperty({ enum: ['payment', 'refund', 'dispute'] })
  objectType: 'payment' | 'refund' | 'dispute';

  /** Its id at Stripe, or ours of a refund that Stripe does not have */
  objectId: string;

  stripePaymentIntentId: string;

  /** Null where no coach here has the payment */
  coachId: string | null;

  paymentId: string | null;

  /** What we have; amounts are minor units */
  ours: Record<string, unknown>;

  /** What Stripe has */
  theirs: Record<string, unknown>;

  /** Why it could not be mended */
  mendFailure: string | null;

  /** The run that has found it */
  firstRunId: string;

  /** The last run that has looked at it */
  lastRunId: string;

  foundAt: string;

  lastSeenAt: string;

  raisedAt: string | null;

  mendedAt: string | null;

  resolvedAt: string | null;

  /** When somebody let it stay as it is */
  acceptedAt: string | null;

  acceptReason: string | null;
}

export class DifferencePageView {
  data: DifferenceView[];

  nextCursor: string | null;

  hasMore: boolean;
}
