import { DatabaseError, Pool } from 'pg';

const OFFSET_CACHE_MS = 1_000;
/** A provider answers also while our database is away. */
const DATABASE_PATIENCE_MS = 1_000;
/** At the start it must be there; a machine that is busy may take longer. */
const FIRST_TRIES = 10;

/**
 * The one clock of the sandbox. Business time is the real clock plus the offset of the row `clock_offset`, which
 * api and worker read too; technical time (signatures, token lifetimes, retry delays) is the real clock.
 */
export class SandboxClock {
  private offset = 0;
  private readAt = 0;
  /** Counts own advances: a reading that began before one is out of date when it ends. */
  private advances = 0;
  private reading: Promise<void> | undefined;
  private isReadable = true;
  private readonly advanceListeners: Array<() => void> = [];

  private constructor(private readonly pool: Pool | undefined) {}

  /**
   * @param databaseUrl where the row `clock_offset` lives; absent: the offset is kept in memory
   * @throws Error when the database cannot be read or the table is not there yet (run the migrations first)
   */
  static async open(databaseUrl?: string): Promise<SandboxClock> {
    if (!databaseUrl) return new SandboxClock(undefined);
    const pool = new Pool({
      connectionString: databaseUrl,
      max: 2,
      connectionTimeoutMillis: DATABASE_PATIENCE_MS,
      query_timeout: DATABASE_PATIENCE_MS,
    });
    // A database that restarts breaks idle connections; the next read opens a new one.
    pool.on('error', () => undefined);
    const clock = new SandboxClock(pool);
    for (let tries = 1; ; tries += 1) {
      try {
        await clock.readOffset(pool);
        return clock;
      } catch (error) {
        const isMissing = error instanceof DatabaseError;
        if (!isMissing && tries < FIRST_TRIES) continue;
        await pool.end();
        throw new Error('the sandbox cannot read the table clock_offset', { cause: error });
      }
    }
  }

  get usesDatabase(): boolean {
    return this.pool !== undefined;
  }

  get offsetSeconds(): number {
    return this.offset;
  }

  /** Real milliseconds since the epoch. */
  realMs(): number {
    return Date.now();
  }

  /** Business milliseconds since the epoch. */
  nowMs(): number {
    return Date.now() + this.offset * 1_000;
  }

  /** Business time as an ISO instant in UTC, whole seconds, as providers write it. */
  nowIso(): string {
    return `${new Date(this.nowMs()).toISOString().slice(0, 19)}Z`;
  }

  /** Business time in whole seconds since the epoch (Stripe's `created`). */
  nowSeconds(): number {
    return Math.floor(this.nowMs() / 1_000);
  }

  /** Reads the offset again when the last reading is older than a second. A database that is away keeps the last one. */
  async refresh(): Promise<void> {
    const { pool } = this;
    if (!pool || pool.ending || Date.now() - this.readAt < OFFSET_CACHE_MS) return;
    this.reading ??= this.readOffset(pool)
      .then(
        () => this.noteReadable(true),
        () => this.noteReadable(false),
      )
      .finally(() => {
        this.reading = undefined;
      });
    await this.reading;
  }

  /** Moves business time forward by whole seconds; takes effect at once here and in every reader of the row. */
  async advance(seconds: number): Promise<void> {
    this.advances += 1;
    if (this.pool) {
      const result = await this.pool.query<{ seconds: string }>(
        `insert into clock_offset (only_row, seconds) values (true, $1)
         on conflict (only_row) do update set seconds = clock_offset.seconds + excluded.seconds
         returning seconds::text`,
        [seconds],
      );
      this.setOffset(Number(result.rows[0]?.seconds));
    } else {
      this.offset += seconds;
    }
    for (const listener of this.advanceListeners) listener();
  }

  onAdvance(listener: () => void): void {
    this.advanceListeners.push(listener);
  }

  /** Restores the offset of a snapshot; a database, where there is one, knows better. */
  restore(seconds: number): void {
    if (!this.pool) this.offset = seconds;
  }

  async close(): Promise<void> {
    await this.pool?.end();
  }

  private async readOffset(pool: Pool): Promise<void> {
    const { advances } = this;
    const result = await pool.query<{ seconds: string }>('select seconds::text from clock_offset');
    if (advances === this.advances) this.setOffset(Number(result.rows[0]?.seconds ?? 0));
  }

  private noteReadable(isReadable: boolean): void {
    if (!isReadable) this.readAt = Date.now();
    if (isReadable !== this.isReadable) {
      console.error(
        `sandbox clock: the database ${isReadable ? 'is back' : 'is away, the last offset stays'}`,
      );
    }
    this.isReadable = isReadable;
  }

  private setOffset(seconds: number): void {
    this.offset = seconds;
    this.readAt = Date.now();
  }
}
