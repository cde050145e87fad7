import { sql, type RawBuilder } from 'kysely';

/**
 * The select list of a row whose properties are named otherwise than its columns. Names come from the code, never from a
 * caller.
 *
 * @param columns column by property
 * @param alias of the table in the query
 */
export function columnList(columns: Readonly<Record<string, string>>, alias?: string): RawBuilder<unknown> {
  const prefix = alias === undefined ? '' : `${alias}.`;
  return sql.raw(
    Object.entries(columns)
      .map(([property, column]) => `${prefix}${column} as "${property}"`)
      .join(', '),
  );
}
