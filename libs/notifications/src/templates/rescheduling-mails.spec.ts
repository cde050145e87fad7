import { renderMail, type Recipient } from './mail';
import {
  proposalDeclined,
  proposalExpired,
  proposalWithdrawn,
  timesAsked,
  timesProposed,
} from './rescheduling-mails';
import type { SessionFacts } from './session-facts';

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
const session: SessionFacts = {
  offeringName: 'Coaching',
  startsAt: new Date('2027-03-15T17:00:00Z'),
  endsAt: new Date('2027-03-15T18:00:00Z'),
  coachName: 'Carla Coach',
  clientName: 'Clara Client',
};
/** On either side of the European change to summer time, after the American one. */
const times = [new Date('2027-03-22T17:00:00Z'), new Date('2027-03-29T17:00:00Z')];
const expiresAt = new Date('2027-03-14T02:30:00Z');
const url = 'https://practice.example.test/v1/links/abc';

describe('mails about other times', () => {
  it('A75 the offer shows the client each time in their own zone, the words of the coach, the end and the link', () => {
    const facts = { times, expiresAt, message: 'I am <travelling>\nnext week' };
    const { subject, text, html } = renderMail(client, timesProposed(client, session, facts, url));
    expect(subject).toMatch(/^Other times offered: Coaching with Carla Coach, 15 Mar 2027, 13:00$/);
    expect(text).toMatch(/^Time 1: .*22 March 2027.*13:00.*\(America\/New_York\)$/m);
    expect(text).toMatch(/^Time 2: .*29 March 2027.*13:00.*\(America\/New_York\)$/m);
    expect(text).toMatch(/^Please answer by: .*13 March 2027.*21:30.*\(America\/New_York\)$/m);
    expect(text).toContain('Carla Coach writes:\n> I am <travelling>\n> next week');
    expect(html).toContain('I am &lt;travelling&gt;<br>next week');
    expect(text).toContain(`Choose a time, or decline:\n${url}`);
    expect(html).toContain(`<a href="${url}">`);
    expect(text).not.toContain('Europe/Berlin');
  });

  it('the request shows the coach each wish in their own zone, and no link of the client', () => {
    const { text } = renderMail(coach, timesAsked(coach, session, { times, expiresAt, message: null }));
    expect(text).toMatch(/^Time 1: .*22 March 2027.*18:00.*\(Europe\/Berlin\)$/m);
    expect(text).toMatch(/^Time 2: .*29 March 2027.*19:00.*\(Europe\/Berlin\)$/m);
    expect(text).toMatch(/^Please answer by: .*14 March 2027.*03:30.*\(Europe\/Berlin\)$/m);
    expect(text).not.toContain('writes:');
    expect(text).not.toContain('/v1/links/');
    expect(text).not.toContain('America/New_York');
  });

  it('a request without times says so', () => {
    const { text } = renderMail(
      coach,
      timesAsked(coach, session, { times: [], expiresAt, message: 'Later?' }),
    );
    expect(text).toContain('No time was named.');
    expect(text).toContain('Clara Client writes:\n> Later?');
    expect(text).not.toContain('Time 1');
  });

  it('each answer names the other side and the time that stands, in the zone of its reader', () => {
    const toCoach = [
      proposalDeclined(coach, 'coach', session),
      proposalWithdrawn(coach, 'coach', session),
      proposalExpired(coach, 'coach', session, 'coach'),
      proposalExpired(coach, 'coach', session, 'client'),
    ].map((mail) => renderMail(coach, mail).text);
    expect(toCoach.map((text) => text.split('\n\n')[1])).toEqual([
      'Clara Client chose none of the times that you offered.',
      'Clara Client no longer wants to move this session, and you need not answer.',
      'Clara Client did not answer in time about another time for this session.',
      'The time to answer Clara Client about another time for this session is over.',
    ]);
    for (const text of toCoach)
      expect(text).toMatch(/keeps its time:\n\n[^]*When: .*18:00.*\(Europe\/Berlin\)/);
    const toClient = [
      proposalDeclined(client, 'client', session),
      proposalWithdrawn(client, 'client', session),
      proposalExpired(client, 'client', session, 'client'),
    ].map((mail) => renderMail(client, mail).text);
    expect(toClient.map((text) => text.split('\n\n')[1])).toEqual([
      'Carla Coach chose not to move this session.',
      'Carla Coach no longer wants to move this session, and you need not answer.',
      'Carla Coach did not answer in time about another time for this session.',
    ]);
    for (const text of toClient)
      expect(text).toMatch(/keeps its time:\n\n[^]*When: .*13:00.*\(America\/New_York\)/);
  });
});
