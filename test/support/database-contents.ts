import { sql, type Database } from '@app/database';

/** Counters of tries change with every request and say nothing about it. */
const IGNORED = ['rate_limits'];

/** Count and digest of the rows of every table: equal before and after means that nothing was written. */
export async function contentsOf(database: Database): Promise<Record<string, string>> {
  const tables = await database.many(sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' order by 1`);
  const parts = tables
    .filter(({ name }) => !IGNORED.includes(name))
    .map(
      ({ name }) =>
        sql`select ${name}::text as name, count(*) || ' rows ' || coalesce(sum(hashtextextended(t::text, 0)), 0) as digest from ${sql.table(name)} t`,
    );
  const rows = await database.many(
    sql<{ name: string; digest: string }>`${sql.join(parts, sql` union all `)}`,
  );
  return Object.fromEntries(rows.map(({ name, digest }) => [name, digest]));
}

/** Names of the tables, of every schema, in which some row holds the text, as it is or as bytes. */
export async function tablesWith(database: Database, text: string): Promise<string[]> {
  const tables = await database.many(sql<{ schema: string; name: string }>`
    select schemaname as schema, tablename as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1, 2`);
  const spellings = [
    text,
    Buffer.from(text).toString('hex'),
    Buffer.from(text)
      .toString('base64')
      .replace(/..?=*$/, ''),
  ];
  const parts = tables.map(({ schema, name }) => {
    const found = sql.join(
      spellings.map((spelling) => sql`position(${spelling}::text in t::text) > 0`),
      sql` or `,
    );
    return sql`select ${`${schema}.${name}`}::text as name where exists (select from ${sql.table(`${schema}.${name}`)} t where ${found})`;
  });
  const rows = await database.many(sql<{ name: string }>`${sql.join(parts, sql` union all `)}`);
  return rows.map(({ name }) => name);
}
