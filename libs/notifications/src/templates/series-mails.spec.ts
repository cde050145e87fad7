import type { PlannedOccurrence, SeriesPlanContent } from '@app/sessions';
import { renderMail, type Recipient } from './mail';
import { seriesDigest, seriesUnplaced, type SeriesFacts } from './series-mails';

const coach: Recipient = {
  name: 'Carla Coach',
  email: 'carla@demo.test',
  timezone: 'Europe/Berlin',
  locale: 'en-GB',
};
const client: Recipient = {
  name: 'Clara Client',
  email: 'clara@demo.test',
  timezone: 'America/New_York',
  locale: 'en-GB',
};
const series: SeriesFacts = {
  offeringName: 'Coaching',
  coachName: 'Carla Coach',
  clientName: 'Clara Client',
  rule: 'every week on Monday at 18:00, 6 times (Europe/Berlin)',
  upcoming: [new Date('2027-03-22T17:00:00Z')],
};

const moved = {
  action: 'move',
  before: { startsAt: '2027-03-15T17:00:00Z', durationMinutes: 60 },
  after: { startsAt: '2027-03-22T17:00:00Z', localStart: '2027-03-22T18:00:00' },
  notes: [
    { party: 'client', kind: 'moved', text: 'It starts at 13:00 in America/New_York, usually at 12:00.' },
  ],
} as PlannedOccurrence;
const plan = (change: SeriesPlanContent['change'], occurrences: PlannedOccurrence[]): SeriesPlanContent =>
  ({ change, occurrences }) as SeriesPlanContent;

describe('mails about series', () => {
  it('tell each side of all changes in its own zone, with the notes that concern it', () => {
    const toCoach = renderMail(coach, seriesDigest(coach, 'coach', series, plan('move', [moved]))).text;
    const toClient = renderMail(client, seriesDigest(client, 'client', series, plan('move', [moved]))).text;
    expect(toCoach).toContain('Client: Clara Client');
    expect(toCoach).toMatch(/New time: .*22 March 2027.*18:00.*Europe\/Berlin.*it was .*15 March 2027/);
    expect(toCoach).not.toContain('Note:');
    expect(toClient).toContain('Coach: Carla Coach');
    expect(toClient).toMatch(/New time: .*22 March 2027.*13:00.*America\/New_York/);
    expect(toClient).toContain('Note: It starts at 13:00 in America/New_York, usually at 12:00.');
  });

  it('say when nothing is to come', () => {
    const cancelled = { ...moved, action: 'cancel', after: null, notes: [] } as PlannedOccurrence;
    const mail = seriesDigest(client, 'client', { ...series, upcoming: [] }, plan('cancel', [cancelled]));
    const { text, subject } = renderMail(client, mail);
    expect(subject).toBe('Coaching with Carla Coach: Sessions of the series are cancelled.');
    expect(text).toContain('No session of the series is to come.');
    expect(text).toMatch(/Cancelled: .*15 March 2027/);
  });

  it('list twenty, and how many more there are', () => {
    const days = Array.from({ length: 23 }, (_, index) => new Date(Date.UTC(2027, 4, 1 + index, 9)));
    const { text } = renderMail(coach, seriesUnplaced(coach, series, days));
    expect(text.match(/^Not placed:/gm)).toHaveLength(20);
    expect(text).toContain('And 3 more.');
  });
});
