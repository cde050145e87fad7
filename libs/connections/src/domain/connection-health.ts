import type { ConnectionStatus } from '../connection-record';

export type ConnectionHealth = 'healthy' | 'expiring' | 'broken';

export interface HealthFacts {
  status: ConnectionStatus;
  /** What the last check met; null when it went well. */
  lastError: string | null;
  tokensIssuedAt: Date;
}

export interface HealthReport {
  health: ConnectionHealth;
  /** What stops working next, for the coach; null while nothing does. */
  whatBreaksNext: string | null;
  howToFix: string | null;
}

const DAY_MS = 86_400_000;

/** Platforms forget a permission that nobody used for 90 days (providers: Zoom, Microsoft). */
export const UNUSED_PERMISSION_LIVES_DAYS = 90;
const WARN_DAYS = 30;

/**
 * How a connection stands, and what a coach should know about it (help page line 257).
 *
 * @param now technical time, as `tokensIssuedAt`
 */
export function connectionHealth(facts: HealthFacts, now: Date): HealthReport {
  if (facts.status !== 'connected') {
    return {
      health: 'broken',
      whatBreaksNext:
        'Sessions get no meeting: their mails say that the link follows. Meetings that exist stay as they are.',
      howToFix: 'Connect the platform again. Missing meetings are then made by themselves.',
    };
  }
  if (facts.lastError !== null) {
    return {
      health: 'broken',
      whatBreaksNext: 'The platform did not answer the last check; links of new sessions come late.',
      howToFix: 'Check again in a few minutes. If it goes on, look at the status page of the platform.',
    };
  }
  const daysLeft =
    UNUSED_PERMISSION_LIVES_DAYS - Math.floor((now.getTime() - facts.tokensIssuedAt.getTime()) / DAY_MS);
  if (daysLeft > WARN_DAYS) return { health: 'healthy', whatBreaksNext: null, howToFix: null };
  return {
    health: 'expiring',
    whatBreaksNext:
      daysLeft > 0
        ? `The permission may end in ${daysLeft} days when it is not used until then.`
        : 'The permission was not used for so long that the platform may have ended it.',
    howToFix: 'Check the connection: that renews the permission.',
  };
}
