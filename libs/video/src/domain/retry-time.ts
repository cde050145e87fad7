const DAY_MS = 86_400_000;

/**
 * When a platform that answered 429 may be asked again. Zoom counts 100 creates and updates per host and UTC day and
 * leaves the header out for that limit: then it is the next 00:00 UTC.
 *
 * @param retryAfter the header: seconds, or a date (RFC 9110, 10.2.3); null when absent
 */
export function retryTime(retryAfter: string | null, now: Date): Date {
  if (retryAfter !== null && /^\d{1,6}$/.test(retryAfter))
    return new Date(now.getTime() + Number(retryAfter) * 1_000);
  const date = retryAfter === null ? Number.NaN : Date.parse(retryAfter);
  if (date > now.getTime()) return new Date(date);
  return new Date((Math.floor(now.getTime() / DAY_MS) + 1) * DAY_MS);
}
