import { sql, type Database } from '@app/database';
import { paymentColumns, type PaymentRecord } from './payment-record';
import { PaymentNotFound } from './payments.errors';

/**
 * A payment as it is, for the rest of the transaction.
 *
 * @throws PaymentNotFound
 */
export async function lockPayment(database: Database, coachId: string, id: string): Promise<PaymentRecord> {
  const payment = await database.maybe(sql<PaymentRecord>`
    select ${paymentColumns} from payments p where p.coach_id = ${coachId} and p.id = ${id} for no key update`);
  if (payment === undefined) throw new PaymentNotFound();
  return payment;
}
