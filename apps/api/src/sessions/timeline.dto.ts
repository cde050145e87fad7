export class TimelineEntryView {
  seq: number;

  at: string;

  kind: string;

  actor: string;

  from: string | null;

  to: string | null;

  outcome: string | null;

  reason: string | null;

  /** One sentence for a person */
  text: string;
}

export class TimelineView {
  data: TimelineEntryView[];
}
