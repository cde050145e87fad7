import { formatLocal } from '@app/common';
import type { PageContent, PageForm } from '../http/plain-page';
import type { LinkView } from './rescheduling.dto';

const STATE: Record<Exclude<LinkView['status'], 'open' | 'accepted'>, string> = {
  answered: 'This offer was answered with other times. Look for the newest mail.',
  declined: 'You have declined these times.',
  withdrawn: 'This offer was withdrawn.',
  expired: 'This offer has run out.',
  superseded: 'Another offer has taken the place of this one. Look for the newest mail.',
};

/** What the mailed link shows in a browser: the times to choose from, or what became of them. */
export function linkPage(view: LinkView): PageContent {
  const { purpose, offeringName, coachName, message, timezone, startsAt } = view;
  const local = (instant: string): string => formatLocal(new Date(instant), timezone, 'en');
  const isMove = purpose === 'move';
  const now = isMove
    ? `The session is on ${local(startsAt)}.`
    : `You missed the session of ${local(startsAt)}.`;
  return {
    title: `${isMove ? 'A new time for' : 'Times for'} ${offeringName} with ${coachName}`,
    paragraphs: [
      ...(message === null ? [] : [`${coachName}: ${message}`]),
      ...(view.status === 'open' ? [now] : [stateOf(view, local)]),
    ],
    forms: view.status === 'open' ? choices(view, local) : [],
  };
}

function stateOf({ status, chosenStartsAt }: LinkView, local: (instant: string) => string): string {
  if (status !== 'accepted' && status !== 'open') return STATE[status];
  return chosenStartsAt === null ? 'A time was chosen.' : `You have chosen ${local(chosenStartsAt)}.`;
}

function choices({ times, purpose }: LinkView, local: (instant: string) => string): PageForm[] {
  const decline = purpose === 'move' ? 'None of them: keep the present time' : 'None of them';
  return [
    {
      fields: { act: 'accept' },
      buttons: times.map(({ startsAt }) => ({ label: local(startsAt), name: 'startsAt', value: startsAt })),
    },
    { fields: { act: 'decline' }, buttons: [{ label: decline }] },
  ];
}
