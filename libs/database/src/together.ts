import { sql, type RawBuilder } from 'kysely';

/**
 * Several inserts and updates as one statement, so one round trip: each becomes a CTE. They all see the
 * state before the statement; foreign keys are checked at its end.
 */
export function together(...statements: RawBuilder<unknown>[]): RawBuilder<unknown> {
  return togetherWith(sql`select 1`, ...statements);
}

/**
 * The same with a question of its own, which sees the state before the statement too; what the first statement
 * returns stands in `part_0`, the second's in `part_1`, and so on.
 */
export function togetherWith<Row>(
  question: RawBuilder<Row>,
  ...statements: RawBuilder<unknown>[]
): RawBuilder<Row> {
  const parts = statements.map((statement, index) => sql`${sql.raw(`part_${index}`)} as (${statement})`);
  return sql<Row>`with ${sql.join(parts)} ${question}`;
}
