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
 * session's new time, an answered one by the coach's times, a superseded one by what became of the session.
 */
export function proposalNewsOf(
  { status, madeBy, expiresAt }: Pick<ProposalRecord, 'status' | 'madeBy' | 'expiresAt'>,
  now: Date,
): ProposalNews | null {
  const asked = madeBy === 'coach' ? 'client' : 'coach';
  switch (status) {
    case 'open':
      if (expiresAt <= now) return null; // the sweep announces its end
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
