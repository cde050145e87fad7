import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Migration } from '@mikro-orm/migrations';
import { databaseFolder } from './project-files';

/** Every file of `migrations/`, in the order of its number. Forward only: a fault is mended by the next one. */
export function migrations(): {
  name: string;
  class: new (...args: ConstructorParameters<typeof Migration>) => Migration;
}[] {
  const folder = join(databaseFolder(), 'migrations');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({ name: file.replace(/\.sql$/, ''), class: fromSqlFile(join(folder, file)) }));
}

function fromSqlFile(path: string): new (...args: ConstructorParameters<typeof Migration>) => Migration {
  return class SqlFileMigration extends Migration {
    override up(): void {
      this.addSql(readFileSync(path, 'utf8'));
    }
  };
}
