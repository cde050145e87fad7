import { setTimeout as delay } from 'node:timers/promises';
import { EntityManager, TransactionPropagation } from '@mikro-orm/core';
import { type AbstractSqlConnection } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Conflict, fullJitterDelayMs } from '@app/common';
import type { Kysely, RawBuilder } from 'kysely';
import { isRetryable, isLockTimeout } from './postgres-errors';
import { inTransactionScope, isInTransaction } from './transaction-scope';

const ATTEMPTS = 4;

/**
 * The one door to PostgreSQL: transactions that nest by joining, and SQL with bound parameters.
 * Records are read and written as entities through the `EntityManager`; states, ledgers, claims and lists
 * are SQL (docs/adr/0003), written with Kysely's `sql` tag.
 */
@Injectable()
export class Database {
  constructor(private readonly em: EntityManager) {}

  /**
   * One use case, one transaction. A call inside another's transaction joins it. The outermost repeats
   * the work after a deadlock or a serialisation failure, so the work must touch nothing but the database.
   *
   * @throws Conflict `calendar-busy` when a lock was not got within the time-out
   */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (isInTransaction()) return this.run(work);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await inTransactionScope(() => this.run(work));
      } catch (error) {
        if (isLockTimeout(error)) {
          throw new Conflict('calendar-busy', 'Another change is under way. Try again in a moment.', {
            extensions: { retryAfterSeconds: 1 },
          });
        }
        if (!isRetryable(error) || attempt >= ATTEMPTS) throw error;
        await delay(fullJitterDelayMs(attempt, 20, 200, Math.random));
      }
    }
  }

  private run<T>(work: () => Promise<T>): Promise<T> {
    return this.em.transactional(() => work(), { propagation: TransactionPropagation.REQUIRED });
  }

  /** All rows; inside a transaction through its connection, else through the pool. */
  async many<Row>(query: RawBuilder<Row>): Promise<Row[]> {
    const result = await query.execute(this.executor());
    return result.rows;
  }

  async maybe<Row>(query: RawBuilder<Row>): Promise<Row | undefined> {
    return (await this.many(query))[0];
  }

  /** @throws Error when there is no row: the caller knows that there is one */
  async one<Row>(query: RawBuilder<Row>): Promise<Row> {
    const row = await this.maybe(query);
    if (row === undefined) throw new Error('A query that must return a row returned none.');
    return row;
  }

  /** Rows changed by a statement without `returning`. */
  async execute(query: RawBuilder<unknown>): Promise<number> {
    const result = await query.execute(this.executor());
    return Number(result.numAffectedRows ?? 0n);
  }

  private executor(): Kysely<unknown> {
    const transaction: Kysely<unknown> | undefined = this.em.getTransactionContext();
    return transaction ?? (this.em.getConnection() as AbstractSqlConnection).getClient();
  }
}
