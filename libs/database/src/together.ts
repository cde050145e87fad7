import { sql, type RawBuilder } from 'kysely';

/**
 * Several inserts and updates as one statement, so one round trip: each becomes a CTE. They all see the
 * state before the statement; foreign keys are checked at its end.
 */
export function together(...statements: RawBuilder<unknown>[]): RawBuilder<unknown> {
  const parts = statements.map((statement, index) => sql`${sql.raw(`part_${index}`)} as (${statement})`);
  return sql`with ${sql.join(parts)} select 1`;
}
