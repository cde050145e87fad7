import { Browser } from '../support/browser';
import { payOnPage } from '../support/checkout';
import { CoachBookingWorld } from '../support/coach-booking';
import { contentsOf } from '../support/database-contents';
import { SeriesUnderTest } from '../support/series';
import type { ClientWorld } from '../support/world';

/** The links in mails, followed in a browser by somebody who has no app: pages with buttons, that change nothing unpressed. */
describe('a link in a mail', () => {
  let practice: CoachBookingWorld;
  let browser: Browser;

  beforeAll(async () => {
    practice = await CoachBookingWorld.start();
    browser = new Browser(practice.app.url);
  });
  afterEach(async () => {
    await practice.app.drain();
    expect(await practice.app.brokenInvariants()).toEqual([]);
  });
  afterAll(() => practice.app.stop());

  function newestLink(kind: string, client: ClientWorld = practice.client): string {
    const link = new RegExp(`https?://\\S+/v1/${kind}/[\\w-]{24}\\S*`);
    const links = practice.app.sandbox.mailbox
      .to(client.email)
      .flatMap(({ text }) => link.exec(text)?.[0] ?? []);
    return links.at(-1) ?? '';
  }

  it('to a booking of the coach: its terms are accepted, and it is paid on a page of Stripe', async () => {
    const session = await practice.book(practice.paid, { startsAt: '2027-06-20T08:00:00Z' });
    const before = await contentsOf(practice.app.database);
    const asked = await browser.visit(newestLink('booking-confirmations'));
    expect(asked.status).toBe(200);
    expect(asked.text).toContain('Sunday, June 20, 2027 at 04:00 AM EDT, 60 minutes, €90.00.');
    expect(asked.text).toContain('Terms: ');
    expect(asked.text).toContain('The time is held for you until ');
    expect(await contentsOf(practice.app.database)).toEqual(before);

    const accepted = await browser.press(asked, /^Accept the terms and go on to pay$/);
    expect(accepted.status).toBe(200);
    expect(accepted.text).toContain('You have accepted the terms. The time is held for your payment');
    // Who comes back later goes on from here.
    const again = await browser.visit(newestLink('booking-confirmations'));
    const toPay = await browser.press(await browser.press(again, /^Go on to pay$/), /^Pay €90.00/);
    expect(toPay.status).toBe(303);
    await payOnPage(toPay.location ?? '');
    await practice.app.drain();
    expect((await practice.world.read(practice.client, session.id)).status).toBe('scheduled');
    const paid = await browser.visit(newestLink('booking-confirmations'));
    expect([paid.buttons, paid.text]).toEqual([[], expect.stringContaining('The session: scheduled.')]);
  });

  it('to a free one needs the terms alone', async () => {
    const session = await practice.book(practice.free);
    const accepted = await browser.press(
      await browser.visit(newestLink('booking-confirmations')),
      /^Accept the terms$/,
    );
    expect([accepted.status, accepted.buttons]).toEqual([200, []]);
    const { body } = await practice.show(practice.newestToken());
    expect(body).toMatchObject({ sessionId: session.id, terms: { acceptedAt: expect.any(String) } });
  });

  it('to what was called off asks for nothing any more', async () => {
    const session = await practice.book(practice.paid);
    const cancelled = await practice.coach.http.post(`/v1/sessions/${session.id}/cancel`);
    expect(cancelled.status).toBe(200);
    const page = await browser.visit(newestLink('booking-confirmations'));
    expect([page.text, page.buttons]).toEqual([expect.stringContaining('The session: cancelled'), []]);
  });

  it('to other times: one of them is taken, or none', async () => {
    const session = await practice.book(practice.free, { startsAt: '2027-06-22T08:00:00Z' });
    const offered = async (time: string): Promise<void> => {
      const { status } = await practice.coach.http.post(`/v1/sessions/${session.id}/reschedule-proposals`, {
        times: [time, '2027-06-24T14:00:00Z'],
        message: '<b>Sorry</b> & "thanks"',
      });
      expect(status).toBe(201);
      await practice.app.drain();
    };
    await offered('2027-06-23T08:00:00Z');
    const asked = await browser.visit(newestLink('links'));
    expect(asked.text).toContain('The session is on Tuesday, June 22, 2027 at 04:00 AM EDT.');
    expect(asked.text).toContain('&lt;b&gt;Sorry&lt;/b&gt; &amp; &quot;thanks&quot;');
    expect(asked.buttons.map(({ label }) => label)).toEqual([
      'Wednesday, June 23, 2027 at 04:00 AM EDT',
      'Thursday, June 24, 2027 at 10:00 AM EDT',
      'None of them: keep the present time',
    ]);
    const taken = await browser.press(asked, /^Wednesday/);
    expect(taken.text).toContain('You have chosen Wednesday, June 23, 2027 at 04:00 AM EDT.');
    expect((await practice.world.read(practice.client, session.id)).startsAt).toBe(
      '2027-06-23T08:00:00.000Z',
    );

    await offered('2027-06-25T08:00:00Z');
    const declined = await browser.press(await browser.visit(newestLink('links')), /^None/);
    expect([declined.text, declined.buttons]).toEqual([expect.stringContaining('You have declined'), []]);
    // What is over is said in words, too.
    const late = await browser.press(asked, /^Thursday/);
    expect([late.status, late.text]).toEqual([409, expect.stringContaining('This is not possible')]);
    expect(late.text).not.toContain('{');
  });

  it('to a series: its terms are accepted once for all', async () => {
    await SeriesUnderTest.make(practice.coach, practice.client, practice.free.id, {
      localStart: '2027-07-05T18:00',
    });
    await practice.app.drain();
    const asked = await browser.visit(newestLink('series-confirmations'));
    expect(asked.text).toContain('Accepting them counts for all sessions of the series.');
    const accepted = await browser.press(asked, /^Accept the terms$/);
    expect([accepted.text, accepted.buttons]).toEqual([
      expect.stringContaining('You have accepted the terms.'),
      [],
    ]);
  });

  it('is shown in no frame of another site, and loads nothing', async () => {
    await practice.book(practice.free);
    const path = new URL(newestLink('booking-confirmations')).pathname;
    const { headers } = await fetch(practice.app.url + path, { headers: { accept: 'text/html' } });
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';.* frame-ancestors 'none'$/);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('that leads nowhere says so on a page, and as a problem to programs', async () => {
    for (const kind of ['links', 'booking-confirmations', 'series-confirmations', 'payment-links']) {
      const path = `/v1/${kind}/${'a'.repeat(24)}${kind === 'payment-links' ? '/checkout' : ''}`;
      const page = await browser.visit(path);
      expect([page.status, page.text]).toEqual([404, expect.stringContaining('This link leads nowhere')]);
      const { status, body } = await practice.app.http().get(path);
      expect([status, body['code']]).toEqual([404, expect.any(String)]);
    }
  });
});
