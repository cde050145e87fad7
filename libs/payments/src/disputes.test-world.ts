import { sql } from '@app/database';
import type { SandboxOptions } from '../../../apps/sandbox/src/sandbox';
import { control } from '../../../apps/sandbox/src/testing';
import { DisputeQueries } from './dispute.queries';
import { disputeColumns, type DisputeRecord } from './dispute-record';
import { DisputeTransfers } from './dispute-transfers.service';
import { Disputes } from './disputes.service';
import type { PaymentRecord } from './payment-record';
import { PaymentsWorld, type Practice } from './payments.test-world';

/** A dispute at the sandbox's Stripe. */
export interface Dispute {
  /** At Stripe. */
  id: string;
  payment: PaymentRecord;
}

/** Payments whose clients go to their bank, in a world of payments. */
export class DisputesWorld {
  private constructor(readonly base: PaymentsWorld) {}

  static async start(options: SandboxOptions = {}): Promise<DisputesWorld> {
    return new DisputesWorld(await PaymentsWorld.start(options));
  }

  close(): Promise<void> {
    return this.base.close();
  }

  get disputes(): Disputes {
    return this.base.module.get(Disputes);
  }
  get transfers(): DisputeTransfers {
    return this.base.module.get(DisputeTransfers);
  }
  get queries(): DisputeQueries {
    return this.base.module.get(DisputeQueries);
  }

  /** Paid, disputed, and all of it heard and done. */
  async disputed(practice: Practice): Promise<Dispute> {
    const dispute = await this.open(await this.base.paid(practice));
    await this.settle();
    return dispute;
  }

  /** The client's bank takes the payment back; nobody has read of it. What came before is read. */
  async open(payment: PaymentRecord): Promise<Dispute> {
    await this.settle();
    return this.openUnread(payment);
  }

  /** The same for a payment that may be news itself. */
  async openUnread(payment: PaymentRecord): Promise<Dispute> {
    const intentId = (await this.base.payment(payment)).stripePaymentIntentId ?? '';
    const { id } = await this.console(`payment-intents/${intentId}/dispute`);
    return { id, payment };
  }

  async decide({ id }: Dispute, act: 'win' | 'lose' | 'escalate'): Promise<void> {
    await this.console(`disputes/${id}/${act}`);
  }

  async console(path: string): Promise<{ id: string }> {
    const { status, body } = await control(this.base.sandbox, 'POST', `stripe/${path}`, {});
    if (status >= 300) throw new Error(`The sandbox refuses ${path}: ${JSON.stringify(body)}`);
    return body as { id: string };
  }

  /** Events are read, jobs done, again until Stripe has nothing more to tell. */
  async settle(order?: (ids: string[]) => string[]): Promise<void> {
    for (let round = 0; round < 5; round += 1) {
      await this.base.processEvents(order);
      await this.runJobs();
    }
  }

  /** What the worker does of the messages about disputes and refunds: all of it, again and again. */
  async runJobs(): Promise<void> {
    const disputes = await this.base.database.many(sql<{ coachId: string; id: string }>`
      select coach_id as "coachId", id from disputes order by id`);
    for (const { coachId, id } of disputes) await this.transfers.settle(coachId, id);
    const refunds = await this.base.database.many(sql<{ coachId: string; id: string }>`
      select coach_id as "coachId", id from refunds where status = 'pending' order by id`);
    for (const { coachId, id } of refunds) await this.base.refunds.submit(coachId, id);
  }

  /** The one dispute of a payment. */
  async only({ coachId, id }: { coachId: string; id: string }): Promise<DisputeRecord> {
    return this.base.database.one(sql<DisputeRecord>`
      select ${disputeColumns} from disputes d where d.coach_id = ${coachId} and d.payment_id = ${id}`);
  }

  /** What was moved of the coach's money for a dispute, by us. */
  async atStripe({ payment }: Dispute): Promise<Record<string, number>> {
    const { id } = await this.only(payment);
    const { transferReversals, transfers } = this.base.sandbox.stripe;
    const reversals = transferReversals.filter(({ metadata }) => metadata?.['disputeId'] === id);
    const returns = transfers.filter(({ metadata }) => metadata['disputeId'] === id);
    const sum = (rows: { amount: number }[]): number => rows.reduce((total, { amount }) => total + amount, 0);
    return {
      reversals: reversals.length,
      reversedMinor: sum(reversals),
      returns: returns.length,
      returnedMinor: sum(returns),
    };
  }

  /** Names of what was announced about the dispute of a payment, oldest first. */
  async disputeEvents(payment: PaymentRecord): Promise<string[]> {
    const names = await this.base.events('paymentId', payment.id);
    return names.filter((name) => name.startsWith('dispute'));
  }
}
