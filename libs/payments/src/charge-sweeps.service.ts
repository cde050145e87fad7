import { Injectable } from '@nestjs/common';
import { WORKER } from '@app/accounts';
import { Clock } from '@app/common';
import { Database, sql } from '@app/database';
import { ChargeSettlement } from './charge-settlement.service';
import { fallDue } from './charge-writes';
import { AUTHENTICATION_REQUIRED, CONFIRMATION_WAITS_MS } from './domain/charge-retry';
import { paymentColumns, type PaymentRecord } from './payment-record';

/** Finds the charges whose time has come. */
@Injectable()
export class ChargeSweeps {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly settlement: ChargeSettlement,
  ) {}

  /** Gives to the worker what is due, for the first time or again. @returns how many, at most `most` */
  async requestDue(most: number): Promise<number> {
    return this.database.transaction(async () => {
      const now = await this.clock.now();
      const due = await this.database.many(sql<PaymentRecord>`
        select ${paymentColumns} from payments p
        where p.charge_state = 'planned' and p.next_attempt_at <= ${now}::timestamptz
        order by p.next_attempt_at limit ${most} for no key update skip locked`);
      for (const payment of due) await this.database.execute(fallDue(payment, WORKER, now));
      return due.length;
    });
  }

  /** Gives up what the client did not confirm in time. @returns how many, at most `most` */
  async giveUpUnconfirmed(most: number): Promise<number> {
    return this.database.transaction(async () => {
      const before = new Date((await this.clock.now()).getTime() - CONFIRMATION_WAITS_MS);
      const waiting = await this.database.many(sql<PaymentRecord>`
        select ${paymentColumns} from payments p
        where p.charge_state = 'needs_action' and p.attempted_at <= ${before}::timestamptz and p.released_at is null
          and p.status <> 'processing'
        order by p.attempted_at limit ${most} for no key update skip locked`);
      for (const payment of waiting) await this.settlement.giveUp(payment, AUTHENTICATION_REQUIRED);
      return waiting.length;
    });
  }
}
