import type { ProposalRecord } from '@app/sessions';
import type { NotificationKind } from '../notification-record';

export type ProposalNewsKind = Extract<
  NotificationKind,
  'times_proposed' | 'times_asked' | 'proposal_declined' | 'proposal_withdrawn' | 'proposal_expired'
>;

export interface ProposalNews {
  kind: ProposalNewsKind;
  to: readonly ('coach' | 'client')[];
}

/**
 * What the present state of a proposal says, and to whom; null when another mail tells it: an accepted one is told by the
 * session's new time or the new session, an answered one by the coach's times, a superseded one by what became of the
 * session. An offer of new times after a missed session is told by its follow-up.
 */
export function proposalNewsOf(
  { purpose, status, madeBy, expiresAt }: Pick<ProposalRecord, 'purpose' | 'status' | 'madeBy' | 'expiresAt'>,
  now: Date,
): ProposalNews | null {
  const asked = madeBy === 'coach' ? 'client' : 'coach';
  switch (status) {
    case 'open':
      if (purpose === 'book_next' || expiresAt <= now) return null; // the sweep announces its end
      return { kind: madeBy === 'coach' ? 'times_proposed' : 'times_asked', to: [asked] };
    case 'declined':
      return { kind: 'proposal_declined', to: [madeBy] };
    case 'withdrawn':
      return { kind: 'proposal_withdrawn', to: [asked] };
    case 'expired':
      return { kind: 'proposal_expired', to: ['coach', 'client'] };
    case 'accepted':
    case 'answered':
    case 'superseded':
      return null;
  }
}
