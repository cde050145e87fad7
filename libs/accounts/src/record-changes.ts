import { sql, type RawBuilder } from '@app/database';

export interface RecordChanges<T> {
  before: Partial<T>;
  after: Partial<T>;
  /** Whether anything differs at all. */
  isEmpty: boolean;
}

/** Where each field is kept, and as what: `{ displayName: ['display_name', 'text'] }`. */
export type Columns<T> = { readonly [Field in keyof T]-?: readonly [column: string, type: string] };

/** Which of the wanted values differ from the present ones; a field left out stays as it is. */
export function changesOf<T extends object>(present: T, wanted: Partial<T>): RecordChanges<T> {
  const before: Partial<T> = {};
  const after: Partial<T> = {};
  for (const field of fieldsOf(wanted)) {
    if (wanted[field] === undefined || JSON.stringify(wanted[field]) === JSON.stringify(present[field]))
      continue;
    before[field] = present[field];
    after[field] = wanted[field];
  }
  return { before, after, isEmpty: Object.keys(after).length === 0 };
}

/** `column = value` for each changed field, ready for an update; never empty because the version rises. */
export function assignments<T extends object>(columns: Columns<T>, after: Partial<T>): RawBuilder<unknown> {
  const changed = fieldsOf(after).map((field) => {
    const [column, type] = columns[field];
    return sql`${sql.ref(column)} = ${after[field]}::${sql.raw(type)}`;
  });
  return sql.join([...changed, sql`version = version + 1`, sql`updated_at = app_now()`]);
}

/** `Object.keys` with their type. */
export function fieldsOf<T extends object>(record: T): Extract<keyof T, string>[] {
  const fields: Extract<keyof T, string>[] = [];
  for (const field in record) fields.push(field);
  return fields;
}
