export class TimelineTimeView {
  /** @example 2026-12-01T13:00:00.000Z */
  startsAt: string;

  /**
   * The same as wall time in `timezone`
   * @example 2026-12-01T14:00:00
   */
  localStart: string;
}

export class MovedView {
  from: TimelineTimeView;

  to: TimelineTimeView;

  /**
   * The reader's
   * @example Europe/Berlin
   */
  timezone: string;
}

export class TimelineEntryView {
  seq: number;

  at: string;

  kind: string;

  actor: string;

  from: string | null;

  to: string | null;

  outcome: string | null;

  reason: string | null;

  /** The old and the new time; only of `moved` */
  moved: MovedView | null;

  /** One sentence for a person, times on the reader's clock */
  text: string;
}

export class TimelineView {
  data: TimelineEntryView[];
}
