import { randomUUID } from 'node:crypto';
import { parsePublicId } from '@app/common';
import { PaymentLinks } from '@app/payments';
import { CONFIRMATION_LINK, CoachBookingWorld } from '../support/coach-booking';
import { contentsOf, tablesWith } from '../support/database-contents';
import { auditOf, movesOf } from '../support/history';
import type { TestApp } from '../support/test-app';
import type { ClientWorld, CoachWorld, SessionSummary, World } from '../support/world';

let booking: CoachBookingWorld;
let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;
let paid: { id: string; policyId: string };

beforeAll(async () => {
  booking = await CoachBookingWorld.start();
  ({ app, world, coach, client, paid } = booking);
});
afterEach(async () => {
  app.sandbox.faults.clear();
  await app.drain();
  expect(await app.brokenInvariants()).toEqual([]);
});
afterAll(() => app.stop());

const payWith = (session: SessionSummary, clientSecret: string | null | undefined): Promise<void> =>
  world.pay({ ...session, payment: { id: '', clientSecret: clientSecret ?? null } });

describe('a paid session that the coach booked', () => {
  it('A89 is shown by the mailed link, accepted and paid there without signing in', async () => {
    const session = await booking.book(paid, { startsAt: '2027-06-20T08:00:00Z' });
    for (const reader of [coach, client])
      expect(await world.read(reader, session.id)).toMatchObject({ status: 'held', termsAcceptedAt: null });
    const token = booking.newestToken();
    const before = await contentsOf(app.database);
    const shown = await booking.show(token);
    expect(shown.body).toMatchObject({
      sessionId: session.id,
      status: 'held',
      statusLabel: 'Awaiting payment',
      offeringName: 'Coaching session',
      coachName: 'Carla Coach',
      startsAt: '2027-06-20T08:00:00.000Z',
      timezone: 'America/New_York',
      localStart: '2027-06-20T04:00:00',
      price: { amount: 9_000, currency: 'EUR' },
      isPaymentDue: true,
      terms: { policyId: paid.policyId, acceptedAt: null },
    });
    expect(shown.body.terms.text.length).toBeGreaterThan(20);
    expect(shown.body).not.toHaveProperty('payment');
    expect(await contentsOf(app.database)).toEqual(before);

    const accepted = await booking.confirm(token, paid.policyId);
    expect(accepted).toMatchObject({
      status: 200,
      body: {
        terms: { acceptedAt: expect.any(String) as string },
        payment: { amount: { amount: 9_000, currency: 'EUR' } },
      },
    });
    expect(accepted.body.payment?.clientSecret).toMatch(/^pi_.*_secret_/);
    await payWith(session, accepted.body.payment?.clientSecret);
    const { acceptedAt } = accepted.body.terms;
    for (const reader of [coach, client])
      expect(await world.read(reader, session.id)).toMatchObject({
        status: 'scheduled',
        paymentStatus: 'paid',
        termsAcceptedAt: acceptedAt,
        policy: { acceptedAt },
      });
    expect(await booking.acceptancesOf(session.id)).toEqual([{ by: 'client', via: 'link' }]);
    expect(await movesOf(app, session.id)).toEqual([
      { from: null, to: 'held', outcome: null, by: 'coach' },
      { from: 'held', to: 'scheduled', outcome: null, by: 'stripe' },
    ]);
    expect(await auditOf(app, session.id)).toEqual([
      'session.book',
      'session.accept_terms',
      'session.confirm',
    ]);
    const confirmation = app.sandbox.mailbox.to(client.email).at(-1);
    expect(confirmation?.subject).toMatch(/^Confirmed: /);
    expect(confirmation?.text).not.toMatch(CONFIRMATION_LINK);
  });

  it('A89 twice changes nothing more, and pays once', async () => {
    const session = await booking.book(paid);
    const token = booking.newestToken();
    const key = { 'idempotency-key': randomUUID() };
    const [first, second] = [
      await booking.confirm(token, paid.policyId, key),
      await booking.confirm(token, paid.policyId, key),
    ];
    expect(second.body).toEqual(first.body);
    await payWith(session, first.body.payment?.clientSecret);
    const third = await booking.confirm(token, paid.policyId);
    expect(third).toMatchObject({
      status: 200,
      body: { status: 'scheduled', isPaymentDue: false, payment: null, terms: first.body.terms },
    });
    expect(await booking.acceptancesOf(session.id)).toHaveLength(1);
    const { payment } = await world.read(client, session.id);
    expect(payment).toMatchObject({ captured: { amount: 9_000, currency: 'EUR' } });
  });

  it('A89 keeps neither the token nor what the browser pays with', async () => {
    await booking.book(paid);
    const token = booking.newestToken();
    const { body } = await booking.confirm(token, paid.policyId, { 'idempotency-key': randomUUID() });
    expect(await tablesWith(app.database, token)).toEqual([]);
    expect(await tablesWith(app.database, body.payment?.clientSecret ?? '')).toEqual([]);
  });

  it('A89 gives nobody what pays it before the terms are accepted, and is not charged', async () => {
    const session = await booking.book(paid);
    const read = await world.read(client, session.id);
    expect(read.payment).toMatchObject({ clientSecret: null });
    expect(read.allowedActions).toEqual(expect.arrayContaining(['accept_terms', 'pay']));
    const refused = await client.http.post(`/v1/sessions/${session.id}/pay`, {});
    const { text } = (await booking.show(booking.newestToken())).body.terms;
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'policies.not_accepted', policyId: paid.policyId, text },
    });
    expect(refused.body).not.toHaveProperty('clientSecret');
    const paymentId = parsePublicId('payment', session.payment?.id ?? '') ?? '';
    const link = new URL(await app.api.get(PaymentLinks).linkOf(coach.coachId, paymentId)).pathname;
    for (const path of [link, `${link}/checkout`])
      expect(await app.http().post(path)).toMatchObject({
        status: 409,
        body: { code: 'payments.terms_first' },
      });
    await app.advance(49 * 3_600);
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'unpaid',
      termsAcceptedAt: null,
      payment: { captured: { amount: 0 } },
    });
    expect((await client.http.get(`/v1/payments/${session.payment?.id}`)).body['status']).toBe('canceled');
  });

  it('A89 is accepted and paid in the app in one call, or in two', async () => {
    const [one, two] = [await booking.book(paid), await booking.book(paid)];
    const atOnce = await client.http.post<{ clientSecret: string }>(`/v1/sessions/${one.id}/pay`, {
      acceptedPolicyId: paid.policyId,
    });
    expect(atOnce).toMatchObject({ status: 200, body: { amount: { amount: 9_000, currency: 'EUR' } } });
    await payWith(one, atOnce.body.clientSecret);

    const accepted = await client.http.post<SessionSummary>(`/v1/sessions/${two.id}/accept-terms`, {
      acceptedPolicyId: paid.policyId,
    });
    expect(accepted).toMatchObject({ status: 200, body: { status: 'held' } });
    expect(accepted.body.allowedActions).not.toContain('accept_terms');
    expect(accepted.body.payment?.clientSecret).toMatch(/^pi_/);
    const later = await client.http.post<{ clientSecret: string }>(`/v1/sessions/${two.id}/pay`, {});
    expect(later.body.clientSecret).toBe(accepted.body.payment?.clientSecret);
    await payWith(two, later.body.clientSecret);
    for (const { id } of [one, two]) {
      expect(await world.read(client, id)).toMatchObject({ status: 'scheduled', paymentStatus: 'paid' });
      expect(await booking.acceptancesOf(id)).toEqual([{ by: 'client', via: 'app' }]);
      expect((await client.http.post(`/v1/sessions/${id}/pay`, {})).status).toBe(409);
    }
  });

  it('A89 stays accepted while Stripe is away; what pays it comes with the next try', async () => {
    const session = await booking.book(paid);
    app.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'GET /v1/payment_intents/{id}',
      kind: 'reset',
      times: 10,
    });
    const accepted = await booking.confirm(booking.newestToken(), paid.policyId);
    expect(accepted).toMatchObject({ status: 200, body: { payment: { clientSecret: null } } });
    expect(accepted.body.terms.acceptedAt).not.toBeNull();
    app.sandbox.faults.clear();
    const again = await booking.confirm(booking.newestToken(), paid.policyId);
    expect(again.body.payment?.clientSecret).toMatch(/^pi_/);
    expect(await booking.acceptancesOf(session.id)).toHaveLength(1);
  });

  it('A89 is accepted once by two who press at the same moment', async () => {
    const session = await booking.book(paid);
    const token = booking.newestToken();
    const answers = await Promise.all([
      booking.confirm(token, paid.policyId),
      booking.confirm(token, paid.policyId),
      client.http.post(`/v1/sessions/${session.id}/accept-terms`, { acceptedPolicyId: paid.policyId }),
      client.http.post(`/v1/sessions/${session.id}/pay`, { acceptedPolicyId: paid.policyId }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await booking.acceptancesOf(session.id)).toHaveLength(1);
  });
});
