import { sql, type RawBuilder } from '@app/database';
import { netMinor, sessionPaymentStatus, type PaymentFacts } from './domain/session-payment-status';
import type { SessionRecord } from './session-record';

/** What a session shows of its money. What a package's session has earned is written with the package's revenue alone. */
export function moneyColumns(
  { funding }: Pick<SessionRecord, 'funding'>,
  payment: PaymentFacts | undefined,
): RawBuilder<unknown>[] {
  const status = sql`payment_status = ${sessionPaymentStatus(funding, payment)}`;
  return funding === 'package' ? [status] : [status, sql`net_minor = ${netMinor(payment)}::bigint`];
}
