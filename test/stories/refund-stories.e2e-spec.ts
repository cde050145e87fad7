import { TestApp } from '../support/test-app';
import { payUnseen } from '../support/stripe-news';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

const DAY_SECONDS = 86_400;

let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;
let offering: { id: string; policyId: string };

beforeAll(async () => {
  app = await TestApp.start({
    now: '2027-06-01T08:00:00Z',
    sandbox: { failingRefundSeconds: 3 * DAY_SECONDS },
  });
  world = new World(app);
  coach = await world.coach({ payouts: true });
  client = await world.client(coach);
  offering = await world.offering(coach);
});
beforeEach(() => app.sandbox.mailbox.clear());
afterEach(async () => expect(await app.brokenInvariants()).toEqual([]));
afterAll(() => app.stop());

async function paid(startsAt: string, card = 'pm_card_visa'): Promise<SessionSummary> {
  const session = await world.book(client, offering, startsAt);
  await payUnseen(app, session, card);
  await app.drain();
  return world.read(client, session.id);
}

interface LedgerAnswer {
  data: { kind: string; account: string; amount: { amount: number } }[];
}

/** What each account has of the payment, in minor units: debits positive. */
async function balances(paymentId: string): Promise<Record<string, number>> {
  const { body } = await coach.http.get<LedgerAnswer>(`/v1/payments/${paymentId}/ledger`);
  const sums: Record<string, number> = {};
  for (const { kind, account, amount } of body.data) {
    if (kind !== 'processing_fee') sums[account] = (sums[account] ?? 0) + amount.amount;
  }
  return sums;
}

const subjectsTo = (person: { email: string }): string[] =>
  app.sandbox.mailbox.to(person.email).map(({ subject }) => subject ?? '');

const paymentOf = ({ payment }: SessionSummary): string => payment?.id ?? '';

describe('a paid session is cancelled with half of its price', () => {
  it('A94 A131 and half of the fee goes back with it, as Stripe books it', async () => {
    const session = await paid('2027-06-10T08:00:00Z');
    const id = paymentOf(session);
    expect(await balances(id)).toEqual({ stripe_clearing: 9_000, coach: -8_100, platform_fee: -900 });
    const half = { refund: 'partial', percent: 50 };
    expect(await coach.http.post(`/v1/sessions/${session.id}/cancel`, half)).toMatchObject({ status: 200 });
    await app.drain();
    const eur = (amount: number) => ({ amount, currency: 'EUR' });
    expect((await coach.http.get(`/v1/payments/${id}`)).body).toMatchObject({
      status: 'partially_refunded',
      refunded: eur(4_500),
      applicationFee: eur(900),
      feeReturned: eur(450),
    });
    expect(await balances(id)).toEqual({ stripe_clearing: 4_500, coach: -4_050, platform_fee: -450 });
    expect(await world.read(coach, session.id)).toMatchObject({
      revenue: { gross: eur(9_000), fee: eur(450), refunded: eur(4_500), net: eur(4_050) },
    });
    expect(app.sandbox.stripe.feeRefunds.map(({ amount }) => amount)).toEqual([450]);
  });
});

describe('a refund that fails three days after it had succeeded', () => {
  it('A93 A95 is told to both, taken back in the ledger, and made by trying again', async () => {
    const session = await paid('2027-06-20T08:00:00Z', 'pm_card_refundFail');
    const id = paymentOf(session);
    expect(await coach.http.post(`/v1/sessions/${session.id}/cancel`, {})).toMatchObject({ status: 200 });
    await app.drain();
    expect(await world.read(client, session.id)).toMatchObject({ paymentStatus: 'refunded' });
    expect(await balances(id)).toEqual({ stripe_clearing: 0, coach: 0, platform_fee: 0 });
    const refunds = app.sandbox.mailbox
      .to(client.email)
      .filter(({ subject }) => subject.startsWith('Refund'));
    expect(refunds.map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^Refund started: .*90\.00/),
      expect.stringMatching(/^Refund made: .*90\.00/),
    ]);
    expect(refunds[0]?.text).toContain('5–7 business days');
    await app.advance(3 * DAY_SECONDS - 60);
    expect(await world.read(client, session.id)).toMatchObject({ paymentStatus: 'refunded' });
    app.sandbox.mailbox.clear();

    await app.advance(120);
    expect(await world.read(client, session.id)).toMatchObject({ paymentStatus: 'refund_failed' });
    for (const person of [client, coach])
      expect(subjectsTo(person)).toEqual([expect.stringContaining('Refund failed')]);
    expect((await balances(id))['stripe_clearing']).toBe(9_000);

    const { body } = await coach.http.get<{ data: { id: string }[] }>('/v1/refunds?status=failed');
    expect(await coach.http.post(`/v1/refunds/${body.data[0]?.id}/retry`)).toMatchObject({ status: 200 });
    await app.drain();
    expect(await world.read(client, session.id)).toMatchObject({ paymentStatus: 'refunded' });
    expect((await balances(id))['stripe_clearing']).toBe(0);
  });
});
