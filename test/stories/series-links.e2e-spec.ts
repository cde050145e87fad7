import { SeriesUnderTest } from '../support/series';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type Person } from '../support/world';

const PAGE = { accept: 'text/html,application/xhtml+xml' };

/** Four Mondays at 10:00 in Berlin in March 2027, with rooms on Zoom. */
describe('the one join link of a series', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let series: SeriesUnderTest;
  let link: string;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-03-05T08:00:00Z' });
    world = new World(app);
    coach = await world.coach({ zoom: true });
    client = await world.client(coach);
    const offering = await world.offering(coach, { priceMinor: 0 });
    series = await SeriesUnderTest.make(coach, client, offering.id, {
      localStart: '2027-03-08T10:00',
      rule: 'FREQ=WEEKLY;COUNT=4',
    });
    await app.drain();
    link = linkIn(await lastMail(client));
  }, 60_000);
  afterAll(() => app.stop());
  afterEach(async () => {
    await app.sweep();
    expect(await app.brokenInvariants()).toEqual([]);
  });

  async function lastMail({ email }: Person): Promise<{ subject: string; text: string; icalendar: string }> {
    await app.drain();
    const mail = app.sandbox.mailbox.to(email).at(-1);
    if (mail === undefined) throw new Error(`${email} has no mail.`);
    const { subject, text } = mail;
    return { subject, text, icalendar: (mail.icalendar ?? '').replaceAll(/\r?\n[ \t]/g, '') };
  }

  const linkIn = ({ text }: { text: string }): string => /https?:\/\/\S+(\/j\/[\w-]+)/.exec(text)?.[1] ?? '';
  const follow = (path = link) => app.http().get(path);
  const startOf = async (index: number): Promise<string> =>
    (await series.occurrences())[index]?.originalStartsAt ?? '';

  /** The guests' room of an occurrence, as its client reads it. */
  async function roomOf(index: number): Promise<string> {
    const row = (await series.occurrences())[index];
    const { body } = await client.http.get<{ joinUrl: string }>(`/v1/sessions/${row?.sessionId}/meeting`);
    return body.joinUrl;
  }

  it('A141 stands in the digest and the invitation of both sides, and is the same', async () => {
    expect(link).toMatch(/^\/j\/[\w-]{24}$/);
    for (const person of [coach, client]) {
      const mail = await lastMail(person);
      expect(linkIn(mail)).toBe(link);
      expect(mail.icalendar).toContain(`${link}\r\n`);
    }
  });

  it('says when the next session starts and when joining opens', async () => {
    expect(await follow()).toMatchObject({
      status: 409,
      body: {
        code: 'video.join_not_open',
        startsAt: '2027-03-08T09:00:00.000Z',
        availableAt: '2027-03-08T08:45:00.000Z',
      },
    });
    const page = await app.http().get<string>(link, PAGE);
    expect(page.body).toContain('The session starts on Monday, March 8, 2027');
  });

  it('leads to the session that is on, and stands in its reminder', async () => {
    await app.advanceTo('2027-03-08T08:30:00Z');
    const reminder = await lastMail(client);
    expect([reminder.subject.startsWith('Reminder'), linkIn(reminder)]).toEqual([true, link]);
    await app.advanceTo('2027-03-08T08:45:00Z');
    const opened = await follow();
    expect([opened.status, opened.headers.get('location')]).toEqual([302, await roomOf(0)]);
  });

  it('passes over what was skipped, and follows what was moved', async () => {
    await series.change('skip', { scope: 'this', occurrences: [await startOf(1)] });
    await series.change('move', {
      scope: 'this',
      occurrences: [await startOf(2)],
      localStart: '2027-03-23T14:00',
    });
    await app.advanceTo('2027-03-15T08:50:00Z');
    expect(await follow()).toMatchObject({
      status: 409,
      body: { code: 'video.join_not_open', startsAt: '2027-03-23T13:00:00.000Z' },
    });
    await app.advanceTo('2027-03-23T12:50:00Z');
    const opened = await follow();
    expect([opened.status, opened.headers.get('location')]).toEqual([302, await roomOf(2)]);
  });

  it('is another one for the series that is split off; the old one keeps to what stayed', async () => {
    await app.advanceTo('2027-03-24T08:00:00Z');
    await series.change('move', { scope: 'all_future', localStart: '2027-03-30T16:00' });
    const fresh = linkIn(await lastMail(client));
    expect(fresh).toMatch(/^\/j\/[\w-]{24}$/);
    expect(fresh).not.toBe(link);
    await app.advanceTo('2027-03-30T13:50:00Z');
    expect(await follow()).toMatchObject({ status: 409, body: { code: 'video.join_window_closed' } });
    const opened = await follow(fresh);
    expect([opened.status, opened.headers.get('location')]).toEqual([302, await roomOf(0)]);
    expect((await app.http().get<string>(link, PAGE)).body).toContain('The time to join has passed');
  });

  it('opens nothing once all of it is cancelled', async () => {
    const offering = await world.offering(coach, { priceMinor: 0 });
    const short = await SeriesUnderTest.make(coach, client, offering.id, {
      localStart: '2027-04-05T10:00',
      rule: 'FREQ=WEEKLY;COUNT=2',
    });
    const path = linkIn(await lastMail(client));
    await short.change('cancel', { scope: 'all_future' });
    await app.advanceTo('2027-04-05T08:00:00Z');
    expect(await follow(path)).toMatchObject({ status: 409, body: { code: 'video.no_occurrence_to_join' } });
    expect((await app.http().get<string>(path, PAGE)).body).toContain('Nothing to join now');
  });
});
