import { sql } from '@app/database';
import {
  cancel,
  paidAtItsOwnTime,
  quote,
  startCancellingWorld,
  type CancellingWorld,
} from '../support/cancelling';
import { atBank, decide, dispute, disputeOf, refund } from '../support/disputes';
import { type Person, type SessionSummary } from '../support/world';

let { app, world, coach, client, admin, offering } = {} as CancellingWorld;

beforeAll(async () => {
  ({ app, world, coach, client, admin, offering } = await startCancellingWorld());
});
afterEach(async () => {
  app.sandbox.faults.clear();
  await app.drain();
  expect(await app.brokenInvariants()).toEqual([]);
});
afterAll(() => app.stop());

const paid = (): Promise<SessionSummary> => paidAtItsOwnTime(world, client, offering);
const mailsTo = (person: Person, subject: RegExp): string[] =>
  app.sandbox.mailbox
    .to(person.email)
    .filter((mail) => subject.test(mail.subject ?? ''))
    .map((mail) => mail.text ?? '');
const shown = async (person: Person, kind: string): Promise<number> => {
  const { body } = await person.http.get<{ data: { kind: string }[] }>('/v1/notifications?limit=100');
  return body.data.filter((each) => each.kind === kind).length;
};

describe('a disputed payment', () => {
  it('is shown on payment and session, and told to coach and admin', async () => {
    const session = await paid();
    await dispute(app, session);
    const found = await disputeOf(coach, session);
    expect(found).toMatchObject({
      status: 'needs_response',
      reason: 'fraudulent',
      amount: { amount: 9_000, currency: 'EUR' },
      fee: { amount: 1_500, currency: 'EUR' },
      takenFromCoach: { amount: 9_000, currency: 'EUR' },
      paymentId: session.payment?.id,
      blocksRefunds: true,
      closedAt: null,
    });
    expect(await world.read(coach, session.id)).toMatchObject({
      status: 'scheduled',
      paymentStatus: 'disputed',
    });
    expect(await world.read(client, session.id)).toMatchObject({ paymentStatus: 'disputed' });
    const payment = await coach.http.get(`/v1/payments/${session.payment?.id ?? ''}`);
    expect(payment.body).toMatchObject({ status: 'disputed', disputeId: found.id });
    for (const person of [coach, admin]) {
      expect(mailsTo(person, /^Payment disputed/).at(-1)).toContain(`/v1/disputes/${found.id}/evidence`);
      expect(await shown(person, 'dispute_opened')).toBe(1);
    }
    expect(mailsTo(client, /disputed/)).toEqual([]);
    expect(await disputeOf(admin, session)).toMatchObject({ id: found.id });
  });

  it('is not found by strangers, nor by its client', async () => {
    const session = await paid();
    await dispute(app, session);
    const { id } = await disputeOf(coach, session);
    const stranger = await world.coach();
    for (const path of [`/v1/disputes/${id}`, `/v1/disputes/${id}/evidence`]) {
      expect(await stranger.http.get(path)).toMatchObject({
        status: 404,
        body: { code: 'disputes.not_found' },
      });
      expect((await client.http.get(path)).status).toBe(403);
    }
    const list = await stranger.http.get<{ data: unknown[] }>('/v1/disputes');
    expect(list.body.data).toEqual([]);
  });

  it('cannot be refunded until the dispute is won', async () => {
    const session = await paid();
    const stripeId = await dispute(app, session);
    expect(await refund(coach, session)).toMatchObject({
      status: 409,
      body: { code: 'refunds.payment_disputed' },
    });
    await decide(app, stripeId, 'win');
    expect(await world.read(coach, session.id)).toMatchObject({ paymentStatus: 'paid' });
    expect(await disputeOf(coach, session)).toMatchObject({
      status: 'won',
      blocksRefunds: false,
      returnedToCoach: { amount: 9_000 },
    });
    expect(mailsTo(coach, /^Dispute won/)).toHaveLength(1);
    expect((await refund(coach, session)).status).toBe(201);
    await app.drain();
    expect(await world.read(coach, session.id)).toMatchObject({ paymentStatus: 'refunded' });
    // Stripe kept the processing fee and the dispute fee; nothing else is left of it with anybody.
    const ledger = await coach.http.get<{ data: { account: string; balance: { amount: number } }[] }>(
      `/v1/payments/${session.payment?.id ?? ''}/ledger`,
    );
    const last = Object.fromEntries(
      ledger.body.data.map(({ account, balance }) => [account, balance.amount]),
    );
    expect(last).toMatchObject({ coach: 0, platform_fee: 0, dispute_fee: 1_500 });
  });

  it('lets its session be cancelled; the refund waits for the bank, and the quote says so', async () => {
    const session = await paid();
    const stripeId = await dispute(app, session);
    const { body: quoted } = await quote(coach, session, { refund: 'full' });
    expect(quoted).toMatchObject({ refund: { amount: 9_000 }, refundWaitsForDispute: true });
    expect(await cancel(coach, session, { quoteId: quoted.id })).toMatchObject({ status: 200 });
    await app.drain();
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'disputed',
    });
    expect(mailsTo(client, /^Cancelled/).at(-1)).toMatch(/€90.00 goes back .+ once the dispute is decided/);
    const refunds = `/v1/payments/${session.payment?.id ?? ''}/refunds`;
    expect((await coach.http.get(refunds)).body).toMatchObject({ data: [{ status: 'pending' }] });
    const before = mailsTo(client, /^Refund started/).length;
    await decide(app, stripeId, 'win');
    expect((await coach.http.get(refunds)).body).toMatchObject({ data: [{ status: 'succeeded' }] });
    expect(await world.read(client, session.id)).toMatchObject({ paymentStatus: 'refunded' });
    expect(mailsTo(client, /^Refund started/)).toHaveLength(before + 1);
  });

  it('has nothing to refund once the dispute is lost', async () => {
    const session = await paid();
    const stripeId = await dispute(app, session);
    await cancel(coach, session);
    await app.drain();
    await decide(app, stripeId, 'lose');
    const refunds = await coach.http.get<{ data: { id: string }[] }>(
      `/v1/payments/${session.payment?.id ?? ''}/refunds`,
    );
    expect(refunds.body.data).toMatchObject([{ status: 'needs_attention', failureCode: 'dispute_lost' }]);
    expect(await coach.http.post(`/v1/refunds/${refunds.body.data[0]?.id ?? ''}/retry`, {})).toMatchObject({
      status: 409,
      body: { code: 'refunds.payment_disputed' },
    });
    expect(await world.read(coach, session.id)).toMatchObject({ paymentStatus: 'disputed' });
    expect(mailsTo(admin, /^Dispute lost/)).toHaveLength(1);
  });

  it('that was lost promises nothing to who cancels then, and asks Stripe for nothing', async () => {
    const session = await paid();
    await decide(app, await dispute(app, session), 'lose');
    const { body: quoted } = await quote(coach, session, { refund: 'full' });
    const nothing = { refund: { amount: 0 }, refundWaitsForDispute: false };
    expect(quoted).toMatchObject({ ...nothing, clause: expect.stringContaining('dispute') as string });
    expect(await cancel(coach, session, { quoteId: quoted.id })).toMatchObject({ status: 200 });
    await app.drain();
    expect(await world.read(coach, session.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'disputed',
    });
    const refunds = `/v1/payments/${session.payment?.id ?? ''}/refunds`;
    expect((await coach.http.get(refunds)).body).toMatchObject({ data: [] });
    expect(mailsTo(client, /^Cancelled/).at(-1)).toContain('No refund is due.');
  });
});

describe('the evidence of a dispute', () => {
  it('is one file: accepted terms, messages, joins, history, money; nothing private', async () => {
    await world.connectZoom(coach);
    const session = await paid();
    await coach.http.post(`/v1/sessions/${session.id}/notes`, {
      visibility: 'private',
      body: 'For me alone.',
    });
    await app.drain();
    await app.advanceTo(new Date(new Date(session.startsAt).getTime() - 5 * 60_000));
    expect((await client.http.post(`/v1/sessions/${session.id}/join`)).status).toBe(200);
    await dispute(app, session);
    const { id } = await disputeOf(coach, session);
    const file = await coach.http.get(`/v1/disputes/${id}/evidence`);
    expect(file.headers.get('content-disposition')).toContain('dispute-evidence.json');
    expect(file.body).toMatchObject({
      dispute: { id, status: 'needs_response' },
      client: { email: client.email },
      payment: { id: session.payment?.id, status: 'disputed' },
      refunds: [],
      cardConsent: null,
      package: null,
      sessions: [
        {
          id: session.id,
          policy: {
            policyId: offering.policyId,
            version: 1,
            text: expect.stringContaining('hours') as string,
            acceptedAt: expect.any(String) as string,
            acceptedBy: 'app',
          },
          meeting: { startsAt: session.startsAt },
        },
      ],
    });
    const { notices, sessions } = file.body as {
      notices: { kind: string; state: string; recipient: string }[];
      sessions: { timeline: { to: string | null }[]; joins: unknown[] }[];
    };
    expect(notices).toContainEqual(
      expect.objectContaining({ kind: 'booking_confirmed', state: 'sent', recipient: client.email }),
    );
    expect(sessions[0]?.joins).toMatchObject([{ role: 'client' }]);
    expect(sessions[0]?.timeline.map(({ to }) => to)).toEqual(['held', 'scheduled']);
    const text = JSON.stringify(file.body);
    for (const secret of ['For me alone', '_secret_', 'pwd=', '/j/', 'effect', 'Hash'])
      expect(text).not.toContain(secret);
    const read = await app.database.many(
      sql`select actor_kind from audit_entries where action = 'dispute.read_evidence' and actor_id = ${coach.accountId}::uuid`,
    );
    expect(read).toHaveLength(1);
  });
});

describe('A179 Stripe Connect onboarding, webhooks, disputes', () => {
  /** What a coach can see of money, once all that Stripe sends has come as told. */
  async function endState(
    seed: number,
    webhooks: { double: number; shuffle: number; delay: number },
  ): Promise<unknown> {
    app.sandbox.faults.setRandom({ seed, rates: {}, webhooks, slowMs: 0, delayMs: 20 });
    const other = await world.coach({ payouts: true });
    const stripeAccountId = await accountOf(other);
    await atBank(app, `accounts/${stripeAccountId}/require`, { currentlyDue: ['individual.id_number'] });
    await app.drain();
    const due = await other.http.get('/v1/payout-account');
    const sold = await world.offering(other);
    const theirs = await world.client(other);
    const [won, lost] = [
      await paidAtItsOwnTime(world, theirs, sold),
      await paidAtItsOwnTime(world, theirs, sold),
    ];
    for (const [session, act] of [
      [won, 'win'],
      [lost, 'lose'],
    ] as const) {
      const disputeId = await dispute(app, session);
      await decide(app, disputeId, act);
    }
    app.sandbox.faults.clear();
    await app.drain();
    await app.redrive();
    const states = await Promise.all(
      [won, lost].map(async (session) => {
        const { id, paymentStatus } = await world.read(other, session.id);
        const { body } = await other.http.get<{ data: { kind: string; account: string; amount: unknown }[] }>(
          `/v1/payments/${session.payment?.id ?? ''}/ledger`,
        );
        const { status } = await disputeOf(other, session);
        return {
          isKnown: id === session.id,
          paymentStatus,
          status,
          booked: body.data
            .map(({ kind, account, amount }) => JSON.stringify([kind, account, amount]))
            .sort(),
        };
      }),
    );
    return { due: due.body, states };
  }

  it('Out-of-order and repeated Stripe events give the same end state', async () => {
    const inOrder = await endState(0, { double: 0, shuffle: 0, delay: 0 });
    expect(inOrder).toMatchObject({
      due: { requirementsDue: ['individual.id_number'] },
      states: [
        { paymentStatus: 'paid', status: 'won' },
        { paymentStatus: 'disputed', status: 'lost' },
      ],
    });
    for (const seed of [1, 2]) {
      expect(await endState(seed, { double: 0.5, shuffle: 0.9, delay: 0.3 })).toEqual(inOrder);
    }
  });

  async function accountOf(person: Person): Promise<string> {
    const row = await app.database.one(
      sql<{
        id: string;
      }>`select stripe_account_id as id from payout_accounts where coach_id = ${person.accountId}::uuid`,
    );
    return row.id;
  }
});
