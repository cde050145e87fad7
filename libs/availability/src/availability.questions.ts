import type { NeededTime } from './domain/calendar';
import type { PassableCode, Reason } from './domain/free-time-rules';

/** Whose time, and by whose weekly hours. */
interface CoachTime {
  coachId: string;
  /** Its own weekly hours count, where it has some; else the coach's. */
  offeringId?: string;
}

/** A start that somebody wants, and what the session takes of the coach's time. */
export interface BookingFacts extends CoachTime, NeededTime {
  startsAt: Date;
  /** A coach may pass hours, notice, horizon and caps; nobody passes buffers and claims. */
  override?: boolean;
  /** The session that is to be moved: neither its own time nor what was proposed for it stands in its way. */
  exceptSessionId?: string;
  /** A session for which this time was proposed: what was proposed does not stand in the way, its own time does. */
  exceptProposalOf?: string;
}

export interface SlotQuestion extends CoachTime, NeededTime {
  from: Date;
  /** Not included. */
  to: Date;
  /** IANA zone that `localStart` is told in. */
  timezone: string;
  /** The session that is to be moved there. */
  exceptSessionId?: string;
}

export interface Slot {
  startsAt: Date;
  endsAt: Date;
  /** Wall time in the asked zone. */
  localStart: string;
}

export interface Slots {
  /** The coach's zone, in which the working hours are. */
  coachTimezone: string;
  slots: Slot[];
}

/** One of several starts; each with what its session takes. */
export interface WantedTime extends NeededTime {
  startsAt: Date;
}

/** Starts that are to be taken together, such as those of a series, or of which one is to be taken. */
export interface TimesQuestion extends CoachTime {
  wanted: readonly WantedTime[];
  /** A coach passes hours, notice, horizon and caps. */
  override?: boolean;
  /** What does not count here besides, such as the horizon for a series. */
  passing?: readonly PassableCode[];
  /** Only one of them will be taken, as of times that are proposed: they do not stand in each other's way. */
  oneOf?: boolean;
  /** Sessions that are to be moved to these times. */
  exceptSessionIds?: readonly string[];
  exceptProposalOf?: string;
  /** For showing, without the coach's lock: holds that have run out take no time any more. */
  withoutSpentHolds?: boolean;
}

export interface TimeAnswer {
  startsAt: Date;
  free: boolean;
  /** As the coach may read them; empty when it is free. */
  reasons: Reason[];
}

/** What a session that was given up would take again. */
export interface FormerTime {
  coachId: string;
  id: string;
  startsAt: Date;
  endsAt: Date;
  beforeMinutes: number;
  afterMinutes: number;
}
