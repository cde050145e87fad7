import { PackageSale } from '../support/packages';
import { TestApp } from '../support/test-app';
import { World } from '../support/world';

const DAY_SECONDS = 86_400;

let app: TestApp;
let sale: PackageSale;

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
});
beforeEach(async () => {
  sale = await PackageSale.make(new World(app));
});
afterEach(async () => expect(await app.brokenInvariants()).toEqual([]));
afterAll(() => app.stop());

/** When the 14th day before the last one begins in Berlin, which is two hours ahead of UTC in summer. */
function noticeAt(expiresOn: string | null): number {
  return Date.parse(`${expiresOn}T00:00:00Z`) - (14 * DAY_SECONDS + 7_200) * 1_000;
}

describe('the notice before a package expires', () => {
  it('A126 comes once, 14 local days of the coach before, with what is left and until when', async () => {
    const { expiresOn } = await sale.bought({ validityDays: 30 });
    await app.advanceTo(new Date(noticeAt(expiresOn) - 1_000 * 60));
    expect(sale.notices()).toEqual([]);
    await app.advanceTo(new Date(noticeAt(expiresOn) + 1_000));
    expect(sale.notices()).toHaveLength(1);
    expect(sale.notices()[0]).toContain('5 sessions left of Five sessions');
    const mail = app.sandbox.mailbox.to(sale.client.email).at(-1);
    expect(mail?.text).toContain('end of the day (Europe/Berlin)');
    await app.redrive();
    await app.advance(13 * DAY_SECONDS);
    expect(sale.notices()).toHaveLength(1);
  });

  it('A126 does not come while no credit remains', async () => {
    const { id } = await sale.bought({ validityDays: 20 });
    const adjust = `/v1/entitlements/${id}/adjust`;
    await sale.coach.http.post(adjust, { credits: -5, reason: 'Agreed' });
    await app.advance(10 * DAY_SECONDS);
    expect(sale.notices()).toEqual([]);
  });

  it('A126 is of the new day after an extension, and of the old one no more', async () => {
    const { id, expiresOn } = await sale.bought({ validityDays: 30 });
    const later = new Date(Date.parse(`${expiresOn}T00:00:00Z`) + 30 * DAY_SECONDS * 1_000);
    const newDay = later.toISOString().slice(0, 10);
    await sale.coach.http.post(`/v1/entitlements/${id}/extend`, { expiresOn: newDay, reason: 'A holiday' });
    await app.advanceTo(new Date(noticeAt(expiresOn) + DAY_SECONDS * 1_000));
    expect(sale.notices()).toEqual([]);
    await app.advanceTo(new Date(noticeAt(newDay) + 1_000));
    expect(sale.notices()).toHaveLength(1);
  });

  it('A126 comes once after downtime, and not when the package expired meanwhile', async () => {
    const [stays, expires] = [
      await sale.bought({ validityDays: 40 }),
      await sale.bought({ validityDays: 20 }),
    ];
    await app.advance(35 * DAY_SECONDS);
    expect(await sale.read(sale.client, expires.id)).toMatchObject({ status: 'expired' });
    expect(await sale.read(sale.client, stays.id)).toMatchObject({ status: 'active' });
    expect(sale.notices()).toHaveLength(1);
    await app.sweep();
    expect(sale.notices()).toHaveLength(1);
  });

  it('A126 goes by the zone that the coach has by then, and comes no second time when that changes', async () => {
    const { expiresOn } = await sale.bought({ validityDays: 30 });
    const live = async (timezone: string): Promise<void> => {
      const settings = { timezone, workingHours: 'keep_local' };
      expect((await sale.coach.http.patch('/v1/settings', settings)).status).toBe(200);
    };
    await live('Asia/Tokyo');
    const inTokyo = Date.parse(`${expiresOn}T00:00:00Z`) - (14 * DAY_SECONDS + 9 * 3_600) * 1_000;
    await app.advanceTo(new Date(inTokyo - 60_000));
    expect(sale.notices()).toEqual([]);
    await app.advanceTo(new Date(inTokyo + 1_000));
    expect(sale.notices()).toHaveLength(1);
    expect(app.sandbox.mailbox.to(sale.client.email).at(-1)?.text).toContain('end of the day (Asia/Tokyo)');
    await live('America/New_York'); // where it is the day before again
    await app.sweep();
    await app.advance(2 * DAY_SECONDS);
    expect(sale.notices()).toHaveLength(1);
  });
});
