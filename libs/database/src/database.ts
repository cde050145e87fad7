import { setTimeout as delay } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/core';
import { type AbstractSqlConnection } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Conflict, fullJitterDelayMs } from '@app/common';
import type { Kysely, RawBuilder } from 'kysely';
import { isLockTimeout, isRetryable } from './postgres-errors';
import { currentTransaction, inTransactionScope } from './transaction-scope';

const ATTEMPTS = 4;

/**
 * The one door to PostgreSQL: transactions that nest by joining, and SQL with bound parameters, written with
 * Kysely's `sql` tag. MikroORM holds the connections and runs the migrations (docs/adr/0003).
 */
@Injectable()
export class Database {
  constructor(private readonly orm: MikroORM) {}

  /**
   * One use case, one transaction. A call inside another's transaction joins it. The outermost repeats
   * the work after a deadlock or a serialisation failure, so the work must touch nothing but the database.
   *
   * @throws Conflict `calendar-busy` when a lock was not got within the time-out, or the work failed so time after time
   */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (currentTransaction() !== undefined) return work();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.begin(work);
      } catch (error) {
        if (isLockTimeout(error) || (isRetryable(error) && attempt >= ATTEMPTS)) {
          throw new Conflict('calendar-busy', 'Another change is under way. Try again in a moment.', {
            extensions: { retryAfterSeconds: 1 },
            cause: error,
          });
        }
        if (!isRetryable(error)) throw error;
        await delay(fullJitterDelayMs(attempt, 20, 200, Math.random));
      }
    }
  }

  private begin<T>(work: () => Promise<T>): Promise<T> {
    return this.connection.transaction().execute((transaction) => inTransactionScope(transaction, work));
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
    return currentTransaction() ?? this.connection;
  }

  private get connection(): Kysely<unknown> {
    return (this.orm.em.getConnection() as AbstractSqlConnection).getClient();
  }
}
