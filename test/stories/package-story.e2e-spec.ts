import { mark, noShowQuote } from '../support/no-shows';
import { PackageSale, type EntitlementAnswer } from '../support/packages';
import { TestApp } from '../support/test-app';
import { World, type SessionSummary } from '../support/world';

const HOUR_MS = 3_600_000;
const DAY_SECONDS = 86_400;

let app: TestApp;
let sale: PackageSale;

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
  sale = await PackageSale.make(new World(app));
});
afterAll(() => app.stop());

let step = 0;
let seen = 0;

/** The step's numbers, and the entries that it has added: kind, amount and balance. */
async function expectAfter(
  { id }: EntitlementAnswer,
  numbers: [used: number, reserved: number, remaining: number, expired: number, refunded: number],
  added: [kind: string, amount: number, balance: number][],
): Promise<void> {
  step += 1;
  const shown = await sale.read(sale.client, id);
  const { used, reserved, remaining, expired, refunded, total } = shown;
  expect({ step, numbers: [used, reserved, remaining, expired, refunded] }).toEqual({ step, numbers });
  expect(used + reserved + remaining + expired + refunded).toBe(total);
  const entries = await sale.entries(id);
  expect({
    step,
    entries: entries.slice(seen).map(({ kind, amount, balance }) => [kind, amount, balance]),
  }).toEqual({ step, entries: added });
  expect(entries.reduce((sum, { amount }) => sum + amount, 0)).toBe(remaining);
  seen = entries.length;
  expect(await app.brokenInvariants()).toEqual([]);
}

async function booked(day: number): Promise<SessionSummary> {
  const startsAt = new Date(Date.UTC(2027, 5, day, 8)).toISOString();
  const answer = await sale.client.http.post<SessionSummary & { code?: string }>('/v1/sessions', {
    offeringId: sale.offering.id,
    startsAt,
    funding: 'package',
    acceptedPolicyId: sale.offering.policyId,
  });
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 201 });
  return answer.body;
}

const startOf = ({ startsAt }: SessionSummary): number => Date.parse(startsAt);

describe('the story of a package', () => {
  it('A120 buy five, book three, cancel one in time and one late, no-show one, expire, extend, expire', async () => {
    const entitlement = await sale.bought({ validityDays: 20 });
    expect(entitlement).toMatchObject({
      status: 'active',
      purchasedOn: '2027-06-01',
      expiresOn: '2027-06-21',
    });
    await expectAfter(entitlement, [0, 0, 5, 0, 0], [['grant', 5, 5]]);

    const [inTime, late, missed] = [await booked(8), await booked(9), await booked(10)];
    await expectAfter(
      entitlement,
      [0, 3, 2, 0, 0],
      [
        ['debit', -1, 4],
        ['debit', -1, 3],
        ['debit', -1, 2],
      ],
    );

    await app.advanceTo(new Date(startOf(inTime) - 48 * HOUR_MS));
    expect(await sale.client.http.post(`/v1/sessions/${inTime.id}/cancel`, {})).toMatchObject({
      status: 200,
    });
    await expectAfter(entitlement, [0, 2, 3, 0, 0], [['restore', 1, 3]]);

    await app.advanceTo(new Date(startOf(late) - HOUR_MS));
    expect(await sale.client.http.post(`/v1/sessions/${late.id}/cancel`, {})).toMatchObject({ status: 200 });
    await expectAfter(entitlement, [1, 1, 3, 0, 0], [['forfeit', 0, 3]]);

    await app.advanceTo(new Date(startOf(missed) + 15 * 60_000));
    const quote = await noShowQuote(sale.coach, missed);
    expect(quote.body).toMatchObject({ credit: 'used', refund: { amount: 0 } });
    expect(await mark(sale.coach, missed, { quoteId: quote.body.id })).toMatchObject({ status: 200 });
    // A missed session uses its credit up as long as it is marked; that can be undone, so nothing is final.
    await expectAfter(entitlement, [2, 0, 3, 0, 0], []);

    await app.advanceTo('2027-06-21T22:00:01Z'); // the last day has ended in Berlin
    expect(await sale.read(sale.client, entitlement.id)).toMatchObject({ status: 'expired' });
    await expectAfter(entitlement, [2, 0, 0, 3, 0], [['expire', -3, 0]]);

    const extension = { expiresOn: '2027-07-05', reason: 'The client was ill' };
    const extended = await sale.coach.http.post(`/v1/entitlements/${entitlement.id}/extend`, extension);
    expect(extended).toMatchObject({ status: 200, body: { status: 'active', expiresOn: '2027-07-05' } });
    await expectAfter(entitlement, [2, 0, 3, 0, 0], [['revive', 3, 3]]);

    const last = await booked(28);
    await expectAfter(entitlement, [2, 1, 2, 0, 0], [['debit', -1, 2]]);
    await app.advanceTo(new Date(startOf(last) + 2 * HOUR_MS));
    await expectAfter(entitlement, [3, 0, 2, 0, 0], []);

    await app.advance(10 * DAY_SECONDS);
    expect(await sale.read(sale.client, entitlement.id)).toMatchObject({ status: 'expired' });
    await expectAfter(entitlement, [3, 0, 0, 2, 0], [['expire', -2, 0]]);
  });
});
