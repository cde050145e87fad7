import type { Answer } from './http-client';
import type { Person, SessionSummary } from './world';

export interface Quote {
  id: string;
  refund: { amount: number };
  refundPercent: number;
  outcome: string;
  choice: string;
}

/** Cancels as this person. */
export const cancel = (
  by: Person,
  session: SessionSummary,
  body: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Answer<SessionSummary & Record<string, unknown>>> =>
  by.http.post(`/v1/sessions/${session.id}/cancel`, body, headers);

/** What cancelling would do, as the api answers it. */
export const quote = (
  by: Person,
  session: SessionSummary,
  body: Record<string, unknown> = {},
): Promise<Answer<Quote>> => by.http.post<Quote>(`/v1/sessions/${session.id}/cancellation-quotes`, body);
