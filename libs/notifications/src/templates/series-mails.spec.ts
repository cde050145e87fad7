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
  joinUrl: 'https://practice.example/j/0a1b2c3d',
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

const nothing = { freeCancellationUntil: null, confirmUrl: null };

describe('mails about series', () => {
  it('tell each side of all changes in its own zone, with the notes that concern it', () => {
    const toCoach = renderMail(
      coach,
      seriesDigest(coach, 'coach', series, plan('move', [moved]), nothing),
    ).text;
    const toClient = renderMail(
      client,
      seriesDigest(client, 'client', series, plan('move', [moved]), nothing),
    ).text;
    expect(toCoach).toContain('Client: Clara Client');
    expect(toCoach).toMatch(/New time: .*22 March 2027.*18:00.*Europe\/Berlin.*it was .*15 March 2027/);
    expect(toCoach).not.toContain('Note:');
    for (const mail of [toCoach, toClient]) expect(mail).toContain(series.joinUrl);
    expect(toClient).toContain('Coach: Carla Coach');
    expect(toClient).toMatch(/New time: .*22 March 2027.*13:00.*America\/New_York/);
    expect(toClient).toContain('Note: It starts at 13:00 in America/New_York, usually at 12:00.');
  });

  it('say what becomes of credits, and which session is paid otherwise', () => {
    const terms = { offeringName: 'Coaching', priceMinor: 9_000, platform: null, policyId: 'policy' };
    const edited = {
      ...moved,
      action: 'edit',
      after: { ...moved.after, durationMinutes: 60 },
      terms,
      newTerms: terms,
      isPaidAnew: true,
      paidBy: { by: 'unpaid' },
      notes: [],
    } as unknown as PlannedOccurrence;
    const credits = { text: 'credits end at occurrence 1; 1 session unpaid' };
    const content = {
      ...plan('edit', [edited]),
      series: { funding: 'package' },
      money: { currency: 'EUR' },
      credits,
    } as unknown as SeriesPlanContent;
    const { text } = renderMail(client, seriesDigest(client, 'client', series, content, nothing));
    expect(text).toContain('Credits: credits end at occurrence 1; 1 session unpaid');
    expect(text).toMatch(/Changed: .*22 March 2027.*: unpaid/);
    expect(text).toContain('Paid: by credits');
    const silent = renderMail(client, seriesDigest(client, 'client', series, plan('move', [moved]), nothing));
    expect(silent.text).not.toMatch(/Credits|Paid/);
  });

  it('say when nothing is to come', () => {
    const cancelled = { ...moved, action: 'cancel', after: null, notes: [] } as PlannedOccurrence;
    const mail = seriesDigest(
      client,
      'client',
      { ...series, upcoming: [] },
      plan('cancel', [cancelled]),
      nothing,
    );
    const { text, subject } = renderMail(client, mail);
    expect(subject).toBe('Coaching with Carla Coach: Sessions of the series are cancelled.');
    expect(text).toContain('No session of the series is to come.');
    expect(text).toMatch(/Cancelled: .*15 March 2027/);
  });

  it('say what an edit changes, until when the client may cancel freely, and where terms are accepted', () => {
    const terms = { offeringName: 'Coaching', priceMinor: 5_000, platform: null, policyId: 'a' };
    const edited = {
      action: 'edit',
      before: { startsAt: '2027-03-15T17:00:00Z', durationMinutes: 60 },
      after: { startsAt: '2027-03-15T17:00:00Z', durationMinutes: 45 },
      terms,
      newTerms: { ...terms, priceMinor: 6_000, platform: 'zoom' },
      notes: [],
    } as unknown as PlannedOccurrence;
    const edit = { ...plan('edit', [edited]), money: { currency: 'EUR' } } as SeriesPlanContent;
    const consent = {
      freeCancellationUntil: new Date('2027-03-12T17:00:00Z'),
      confirmUrl: 'https://practice.example/v1/series-confirmations/token',
    };
    const { text } = renderMail(client, seriesDigest(client, 'client', series, edit, consent));
    expect(text).toMatch(
      /Changed: .*15 March 2027.*: 45 minutes, it was 60 minutes; €60.00, it was €50.00; Zoom, it was the usual platform/,
    );
    expect(text).toMatch(/cancel the session free of charge before it begins, until .*12 March 2027.*12:00/);
    expect(text).toContain('https://practice.example/v1/series-confirmations/token');
    const toCoach = renderMail(
      coach,
      seriesDigest(coach, 'coach', series, edit, { ...consent, confirmUrl: null }),
    );
    expect(toCoach.text).not.toContain('free of charge');
  });

  it('list twenty, and how many more there are', () => {
    const days = Array.from({ length: 23 }, (_, index) => new Date(Date.UTC(2027, 4, 1 + index, 9)));
    const notPlaced = { unplaced: days, leftOut: days.slice(0, 1) };
    const { text } = renderMail(coach, seriesUnplaced(coach, 'coach', series, notPlaced));
    expect(text.match(/^Not placed:/gm)).toHaveLength(20);
    expect(text).toContain('And 3 more.');
    expect(text.match(/^Left out:/gm)).toHaveLength(1);
  });

  it('tell the coach what to do about what was not placed, and the client what it means', () => {
    const notPlaced = { unplaced: series.upcoming, leftOut: [] };
    const [toCoach, toClient] = (['coach', 'client'] as const).map(
      (side) =>
        renderMail(
          side === 'coach' ? coach : client,
          seriesUnplaced(side === 'coach' ? coach : client, side, series, notPlaced),
        ).text,
    );
    expect(toCoach).toContain('Place or skip them.');
    expect(toClient).toContain('your coach cannot come at the usual one.');
    expect(toClient).toMatch(/Not placed: .*22 March 2027.*13:00.*America\/New_York/);
    expect([toCoach, toClient].filter((text) => text?.includes('Left out'))).toEqual([]);
  });
});
