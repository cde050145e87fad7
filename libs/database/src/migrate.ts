import { MikroORM } from '@mikro-orm/postgresql';
import { ormOptions } from './mikro-orm.config';

/** Brings the database at `url` to the newest schema; harmless when it is there already. Returns what was applied. */
export async function migrate(url: string): Promise<string[]> {
  const orm = await MikroORM.init(ormOptions({ url, applicationName: 'migrate', poolSize: 2 }));
  try {
    const applied = await orm.migrator.up();
    return applied.map((migration) => migration.name);
  } finally {
    await orm.close();
  }
}

/** Names of the migrations that the database still lacks. */
export async function pendingMigrations(url: string): Promise<string[]> {
  const orm = await MikroORM.init(ormOptions({ url, applicationName: 'migrate', poolSize: 1 }));
  try {
    const pending = await orm.migrator.getPending();
    return pending.map((migration) => migration.name);
  } finally {
    await orm.close();
  }
}
