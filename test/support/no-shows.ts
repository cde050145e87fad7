import type { Answer } from './http-client';
import type { Person, SessionSummary } from './world';

export interface NoShowQuote {
  id: string;
  by: string;
  kept: { amount: number };
  refund: { amount: number };
  [field: string]: unknown;
}

/** What marking somebody as not there would do. */
export const noShowQuote = (
  by: Person,
  session: { id: string },
  who: 'client' | 'coach' = 'client',
): Promise<Answer<NoShowQuote>> =>
  by.http.post<NoShowQuote>(`/v1/sessions/${session.id}/no-show-quotes`, { by: who });

/** Marks as this person. */
export const mark = (
  by: Person,
  session: { id: string },
  body: Record<string, unknown>,
): Promise<Answer<SessionSummary>> =>
  by.http.post<SessionSummary>(`/v1/sessions/${session.id}/no-show`, body);

/** Takes the marking back. */
export const undo = (by: Person, session: { id: string }): Promise<Answer<SessionSummary>> =>
  by.http.delete<SessionSummary>(`/v1/sessions/${session.id}/no-show`);
