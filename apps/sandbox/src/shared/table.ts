/**
 * Rows by id in the order they were made. A changed row is `put` again: that marks the snapshot as out of date and
 * lets a snapshot serialise only what changed.
 */
export class Table<Row extends { id: string }> {
  private readonly rows = new Map<string, Row>();
  private readonly serialised = new Map<string, string>();

  constructor(private readonly changed: () => void) {}

  get(id: string): Row | undefined {
    return this.rows.get(id);
  }

  /** The oldest row. */
  first(): Row | undefined {
    return this.rows.values().next().value;
  }

  /** All rows, oldest first. */
  all(): Row[] {
    return [...this.rows.values()];
  }

  where(matches: (row: Row) => boolean): Row[] {
    return this.all().filter((row) => matches(row));
  }

  get size(): number {
    return this.rows.size;
  }

  put(row: Row): Row {
    this.rows.set(row.id, row);
    this.serialised.delete(row.id);
    this.changed();
    return row;
  }

  delete(id: string): void {
    if (!this.rows.delete(id)) return;
    this.serialised.delete(id);
    this.changed();
  }

  /** Drops the oldest rows beyond `limit` (logs and histories only). */
  keepNewest(limit: number): void {
    for (const id of this.rows.keys()) {
      if (this.rows.size <= limit) return;
      this.delete(id);
    }
  }

  clear(): void {
    this.rows.clear();
    this.serialised.clear();
    this.changed();
  }

  toJson(): string {
    const parts: string[] = [];
    for (const [id, row] of this.rows) {
      let text = this.serialised.get(id);
      if (text === undefined) {
        text = JSON.stringify(row);
        this.serialised.set(id, text);
      }
      parts.push(text);
    }
    return `[${parts.join(',')}]`;
  }

  /** Fills the table from a snapshot that `toJson` wrote. */
  restore(rows: unknown): void {
    if (!Array.isArray(rows)) return;
    for (const row of rows as Row[]) this.rows.set(row.id, row);
  }
}

/** Several tables as one part of the snapshot. */
export interface SavedTable {
  toJson(): string;
  restore(rows: unknown): void;
}

export function tablesToJson(tables: Record<string, SavedTable>): string {
  const parts = Object.entries(tables).map(([name, table]) => `${JSON.stringify(name)}:${table.toJson()}`);
  return `{${parts.join(',')}}`;
}

export function restoreTables(tables: Record<string, SavedTable>, saved: unknown): void {
  if (typeof saved !== 'object' || saved === null) return;
  for (const [name, rows] of Object.entries(saved)) tables[name]?.restore(rows);
}
