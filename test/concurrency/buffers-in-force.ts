/** Minutes that a session of an offering takes before and after itself. */
export interface Buffers {
  bufferBeforeMinutes: number;
  bufferAfterMinutes: number;
}

interface Change extends Buffers {
  sentAt: number;
  answeredAt: number;
}

/** What the buffers of one offering can have been at a moment, told by the changes that were sent one after the other. */
export class BuffersInForce {
  private readonly changes: Change[] = [];
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly first: Buffers) {}

  /** Sends a change when the one before is answered. */
  async change(wanted: Buffers, send: (wanted: Buffers) => Promise<unknown>): Promise<void> {
    this.last = this.changeAfter(this.last, wanted, send);
    await this.last;
  }

  private async changeAfter(
    before: Promise<void>,
    wanted: Buffers,
    send: (wanted: Buffers) => Promise<unknown>,
  ): Promise<void> {
    await before;
    const sentAt = performance.now();
    await send(wanted);
    this.changes.push({ ...wanted, sentAt, answeredAt: performance.now() });
  }

  /** Whether a call of this time may have found these buffers. */
  allows({ beganAt, endedAt }: { beganAt: number; endedAt: number }, before: number, after: number): boolean {
    const all: Change[] = [{ ...this.first, sentAt: -Infinity, answeredAt: -Infinity }, ...this.changes];
    return all.some((change, index) => {
      const ended = all[index + 1]?.answeredAt ?? Infinity;
      const isInForce = change.sentAt <= endedAt && ended >= beganAt;
      return isInForce && change.bufferBeforeMinutes === before && change.bufferAfterMinutes === after;
    });
  }
}
