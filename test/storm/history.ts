/** One call as the caller saw it. `status` 0: no answer, so it may have happened or not. */
export interface HistoryEntry {
  operation: string;
  status: number;
  sessionId?: string;
  /** Public id of what the call made. */
  madeId?: string;
  code?: string;
  /** What a success leaves behind, in words that can be found again in the database. */
  effect?: string;
  /** The caller does not know whether it happened. */
  isUnsure?: boolean;
}

/** What the callers of the storm know. */
export class History {
  private readonly entries: HistoryEntry[] = [];
  /** Calls that were sent again: no answer, 503, or the first one still under way. */
  repeats = 0;

  add(entry: HistoryEntry): void {
    this.entries.push(entry);
  }

  get size(): number {
    return this.entries.length;
  }

  /** Calls that failed by no fault of the caller. */
  get faults(): HistoryEntry[] {
    return this.entries.filter(({ status, code }) => status >= 500 || (status === 0 && code !== 'gave_up'));
  }

  /** Calls of which nobody knows what became of them. */
  get unsure(): number {
    return this.entries.filter(({ isUnsure }) => isUnsure === true).length;
  }

  /** What was answered with success, and so must be there afterwards. */
  acknowledged(operation: string): HistoryEntry[] {
    return this.entries.filter(
      (entry) => entry.operation === operation && entry.status >= 200 && entry.status < 300,
    );
  }

  /** Effects of the calls that succeeded, and of those that may have. */
  effects(operation: string): { acknowledged: string[]; unsure: string[] } {
    const unsure = this.entries.filter((entry) => entry.operation === operation && entry.isUnsure === true);
    return { acknowledged: this.acknowledged(operation).map(effectOf), unsure: unsure.map(effectOf) };
  }

  /** `book 201 × 812, 409 × 301`, one line per operation. */
  tally(): string[] {
    const counts = new Map<string, Map<number, number>>();
    for (const { operation, status } of this.entries) {
      const ofOperation = counts.get(operation) ?? new Map<number, number>();
      ofOperation.set(status, (ofOperation.get(status) ?? 0) + 1);
      counts.set(operation, ofOperation);
    }
    return [...counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([operation, statuses]) => {
        const sorted = [...statuses].sort(([a], [b]) => a - b);
        return `${operation} ${sorted.map(([status, count]) => `${status} × ${count}`).join(', ')}`;
      });
  }
}

function effectOf({ operation, effect }: HistoryEntry): string {
  if (effect === undefined) throw new Error(`Nobody knows what ${operation} leaves behind.`);
  return effect;
}
