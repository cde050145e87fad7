import { Injectable } from '@nestjs/common';

/** Whether this process wants traffic, off from the first moment of a shutdown; and what it has taken on. */
@Injectable()
export class Readiness {
  private wanted = true;
  private readonly underWay = new Set<object>();
  private waiters: (() => void)[] = [];

  get ready(): boolean {
    return this.wanted;
  }

  stop(): void {
    this.wanted = false;
  }

  began(request: object): void {
    this.underWay.add(request);
  }

  ended(request: object): void {
    this.underWay.delete(request);
    if (this.underWay.size > 0) return;
    for (const waiter of this.waiters.splice(0)) waiter();
  }

  /** Resolves when no request is under way. */
  async allEnded(): Promise<void> {
    if (this.underWay.size > 0) await new Promise<void>((done) => this.waiters.push(done));
  }
}
