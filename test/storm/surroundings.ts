import type { ClientWorld, CoachWorld, SessionSummary } from '../support/world';
import type { History } from './history';
import type { StripeDashboard } from './stripe-dashboard';

export interface Offering {
  id: string;
  policyId: string;
}

export interface Practice {
  coach: CoachWorld;
  clients: ClientWorld[];
  paid: Offering;
  free: Offering;
  /** Paid later, with the saved card. */
  later: Offering;
  /** Those of the clients who have saved one. */
  clientsWithCard: ClientWorld[];
  /** Of sessions of the paid offering. */
  packageId: string;
}

export interface Surroundings {
  seed: number;
  practices: readonly Practice[];
  /** Hours from the first start on that bookings are spread over; few enough that they meet each other. */
  hours: number;
  firstStart: Date;
  apiUrls: readonly string[];
  consoleUrl: string;
  history: History;
  dashboard: StripeDashboard;
  /** Business time. */
  now: () => Date;
  /** Most series of one practice at a time. */
  seriesOfPractice: number;
  /** Weight of what banks do. */
  bankActs: number;
  /** The link that the client was mailed for an offer; undefined as long as no mail has come. */
  mailedLink: (client: ClientWorld, coachId: string, proposalId: string) => Promise<string | undefined>;
  /** Texts of the mails that the client received, oldest first. */
  mailsTo: (client: ClientWorld) => string[];
  /** Told just before a series is made or changed, so that somebody may pull the plug in the middle. */
  beforeSeriesAct: () => void;
}

export interface Booked {
  session: SessionSummary;
  practice: Practice;
  client: ClientWorld;
  /** As the callers know it. */
  startsAt: Date;
  isPaid: boolean;
  isCancelled: boolean;
}

export const HOUR_MS = 3_600_000;
