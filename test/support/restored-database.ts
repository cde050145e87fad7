import { sql, type Database } from '@app/database';

interface Table {
  name: string;
  /** What may be written; generated columns may not. */
  columns: string;
}

/** The rows of every table at one moment, and the way back to it: what a test did in between is gone. */
export class RestoredDatabase {
  private constructor(
    private readonly database: Database,
    private readonly tables: readonly Table[],
  ) {}

  static async keep(database: Database): Promise<RestoredDatabase> {
    const tables = await database.many(sql<Table>`
      select t.table_name as name, string_agg(quote_ident(c.column_name), ', ') as columns
      from information_schema.tables t
      join information_schema.columns c on c.table_schema = t.table_schema and c.table_name = t.table_name
      where t.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.is_generated = 'NEVER'
      group by t.table_name order by t.table_name`);
    await database.execute(sql`create schema kept`);
    for (const { name } of tables)
      await database.execute(sql`create table ${sql.id('kept', name)} as table ${sql.id('public', name)}`);
    return new RestoredDatabase(database, tables);
  }

  /** All in one transaction, with triggers and foreign keys asleep. */
  async restore(): Promise<void> {
    await this.database.transaction(async () => {
      await this.database.execute(sql`set local session_replication_role = replica`);
      const names = this.tables.map(({ name }) => sql.id('public', name));
      await this.database.execute(sql`truncate ${sql.join(names)}`);
      for (const { name, columns } of this.tables) {
        const list = sql.raw(columns);
        await this.database.execute(sql`
          insert into ${sql.id('public', name)} (${list}) overriding system value select ${list} from ${sql.id('kept', name)}`);
      }
    });
  }
}
