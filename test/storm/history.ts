/** One call as the caller saw it. `status` 0: no answer after all tries, so it may have happened or not. */
export interface HistoryEntry {
  operation: string;
  status: number;
  sessionId?: string;
  /** Public id of what the call made. */
  madeId?: string;
  code?: string;
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
    return this.entries.filter(({ status }) => status >= 500 || status === 0);
  }

  /** What was answered with success, and so must be there afterwards. */
  acknowledged(operation: string): HistoryEntry[] {
    return this.entries.filter(
      (entry) => entry.operation === operation && entry.status >= 200 && entry.status < 300,
    );
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
