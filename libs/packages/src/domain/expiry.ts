import { addLocalDays, type LocalDate } from '@app/common';

/** The client is told so many local days of the coach before the last day. */
export const NOTICE_DAYS = 14;
/** So long a credit can still be used that came back after the expiry because of the coach. */
export const RETURNED_CREDIT_DAYS = 30;

/** What its last day means: until then a session can be booked, or has to begin (domain.md 11). */
export const EXPIRY_MEANINGS = ['bookBy', 'useBy'] as const;
export type ExpiryMeaning = (typeof EXPIRY_MEANINGS)[number];

/** The last good day of a package; dates of the coach's zone. */
export function expiryDate(purchasedOn: LocalDate, validityDays: number): LocalDate {
  return addLocalDays(purchasedOn, validityDays);
}

/** Over once its last day has ended. Both dates are of the coach's zone. */
export function isExpired(today: LocalDate, expiresOn: LocalDate): boolean {
  return today > expiresOn;
}

/** From `days` before the last day (the coach's setting) until its end, while credits are left to lose. */
export function isExpiringSoon(
  today: LocalDate,
  expiresOn: LocalDate,
  remaining: number,
  days: number,
): boolean {
  return remaining > 0 && !isExpired(today, expiresOn) && today >= addLocalDays(expiresOn, -days);
}
