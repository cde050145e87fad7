import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from './database';
import { databaseFolder } from './project-files';

export interface Invariant {
  /** File name without its ending, such as `01-claims-never-overlap`. */
  name: string;
  /** What must hold, in one sentence: the first comment line of the file. */
  promise: string;
  statement: string;
}

export interface InvariantResult {
  name: string;
  promise: string;
  violations: number;
  /** The first rows that break it. */
  examples: Record<string, unknown>[];
}

const MOST_EXAMPLES = 5;

export function invariants(): Invariant[] {
  const folder = join(databaseFolder(), 'invariants');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const statement = readFileSync(join(folder, file), 'utf8');
      const promise = /^--\s*(.+)$/m.exec(statement)?.[1] ?? basename(file);
      return { name: basename(file, '.sql'), promise, statement: statement.trim().replace(/;$/, '') };
    });
}

/** Runs the statements of `invariants/`; each must return no rows (`npm run doctor`). */
@Injectable()
export class InvariantChecker {
  constructor(private readonly database: Database) {}

  async check(): Promise<InvariantResult[]> {
    const results: InvariantResult[] = [];
    for (const { name, promise, statement } of invariants()) {
      const rows = await this.database.many(sql<Record<string, unknown>>`${sql.raw(statement)}`);
      results.push({ name, promise, violations: rows.length, examples: rows.slice(0, MOST_EXAMPLES) });
    }
    return results;
  }
}
