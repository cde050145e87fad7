import { renderMail, type Recipient } from './mail';
import { seriesCreditsEnded, type CreditsEndFacts } from './series-credit-mails';

const coach: Recipient = {
  name: 'Carla Coach',
  email: 'carla@demo.test',
  timezone: 'Europe/Berlin',
  locale: 'en-GB',
};
const client: Recipient = { ...coach, name: 'Clara Client', timezone: 'America/New_York' };
const facts: CreditsEndFacts = {
  offeringName: 'Coaching',
  coachName: 'Carla Coach',
  clientName: 'Clara Client',
  unpaid: [new Date('2027-03-22T17:00:00Z')],
  onSavedCard: [],
  isDisputed: false,
};

describe('the mail about the end of credits', () => {
  it('names each unpaid session in the reader’s zone, and what can be done', () => {
    const toCoach = renderMail(coach, seriesCreditsEnded(coach, 'coach', facts));
    expect(toCoach.subject).toBe('No credits left: Coaching with Clara Client');
    expect(toCoach.text).toMatch(/22 March 2027.*18:00/);
    expect(toCoach.text).toContain('edit how the series is paid');
    const toClient = renderMail(client, seriesCreditsEnded(client, 'client', facts));
    expect(toClient.subject).toBe('No credits left: Coaching with Carla Coach');
    expect(toClient.text).toMatch(/22 March 2027.*13:00/);
    expect(toClient.text).toContain('Buy another package');
    expect(toClient.text).not.toContain('saved card');
  });

  it('says which are charged to the saved card instead, and leaves long lists short', () => {
    const many = Array.from({ length: 25 }, (_, week) => new Date(Date.UTC(2027, 2, 22 + 7 * week, 17)));
    const { text } = renderMail(
      client,
      seriesCreditsEnded(client, 'client', { ...facts, unpaid: [], onSavedCard: many }),
    );
    expect(text).toContain('charged to your saved card');
    expect(text).not.toContain('are unpaid');
    expect(text).toContain('And 5 more.');
  });
});
