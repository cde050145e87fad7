import { IsIn } from 'class-validator';
import { PageQuery } from '../http/page.dto';

export class OutboxQuery extends PageQuery {
  /** Which deliveries */
  @IsIn(['open', 'done', 'dead'])
  state: 'open' | 'done' | 'dead' = 'dead';
}

export class DeliveryView {
  id: string;

  /** @example issue-refund */
  job: string;

  /** @example payments.refund_requested */
  event: string;

  attempt: number;

  createdAt: string;

  doneAt: string | null;

  deadAt: string | null;

  lastError: string | null;
}

export class DeliveryPageView {
  data: DeliveryView[];

  nextCursor: string | null;

  hasMore: boolean;
}

export class InvariantView {
  /** @example 40-claims-never-overlap */
  name: string;

  /** What must hold */
  promise: string;

  violations: number;

  examples: Record<string, unknown>[];
}

export class InvariantsView {
  ok: boolean;

  data: InvariantView[];
}
