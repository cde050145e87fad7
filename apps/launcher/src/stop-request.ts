const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal and npm may both deliver one Ctrl-C. */
const SAME_KEYSTROKE_MS = 500;

/** Why the system stops: asked to, or something failed. */
export class StopRequest {
  private readonly controller = new AbortController();
  private askedAt: number | undefined;
  /** Whether people asked for it, rather than a failure. */
  wasAsked = false;

  /** @param onImpatience the wish came again while stopping: end what can be ended at once */
  constructor(private readonly onImpatience: () => void) {
    for (const name of SIGNALS) process.on(name, () => this.ask(name));
    // start.mjs is gone; nobody sees this process any more.
    process.on('disconnect', () => this.ask('the end of the terminal'));
    // A closed terminal must not keep the rest from being stopped.
    process.stdout.on('error', () => undefined);
    process.stderr.on('error', () => undefined);
  }

  /** Aborted as soon as the system is to stop. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  fail(reason: Error): void {
    if (!this.signal.aborted) this.controller.abort(reason);
  }

  /** Resolves when the system is to stop. */
  async requested(): Promise<void> {
    if (this.signal.aborted) return;
    await new Promise((done) => this.signal.addEventListener('abort', done, { once: true }));
  }

  private ask(what: string): void {
    const now = performance.now();
    if (this.askedAt === undefined) {
      this.askedAt = now;
      if (this.signal.aborted) return;
      this.wasAsked = true;
      this.controller.abort(new Error(`stopped by ${what}`));
      return;
    }
    if (now - this.askedAt > SAME_KEYSTROKE_MS) this.onImpatience();
  }
}
