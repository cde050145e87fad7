import { randomUUID } from 'node:crypto';
import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { timeOfItsOwn } from '../support/cancelling';
import { contentsOf, tablesWith } from '../support/database-contents';
import { auditOf, movesOf } from '../support/history';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

interface Confirmation {
  sessionId: string;
  status: string;
  timezone: string;
  localStart: string;
  isPaymentDue: boolean;
  terms: { policyId: string; text: string; acceptedAt: string | null };
  payment?: { id: string; amount: unknown; clientSecret: string | null } | null;
  version: number;
}

type Offering = { id: string; policyId: string };

const LINK = /\/v1\/booking-confirmations\/([\w-]{24})/;
const DEAD_END = { status: 404, body: { code: 'sessions.confirmation_link_not_found' } };

let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;
let stranger: ClientWorld;
let paid: Offering;
let free: Offering;

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
  world = new World(app);
  coach = await world.coach({ payouts: true });
  client = await world.client(coach);
  stranger = await world.client(coach, { displayName: 'Sam Stranger' });
  paid = await world.offering(coach);
  free = await world.offering(coach, { priceMinor: 0 });
});
afterEach(async () => {
  app.sandbox.faults.clear();
  await app.drain();
  expect(await app.brokenInvariants()).toEqual([]);
});
afterAll(() => app.stop());

/** The coach books, and the mails that follow from it are sent. */
async function bookedByCoach(
  offering: Offering,
  options: { clientId?: string; startsAt?: string } = {},
): Promise<SessionSummary> {
  const booked = await coach.http.post<SessionSummary>('/v1/sessions', {
    offeringId: offering.id,
    clientId: options.clientId ?? client.clientId,
    startsAt: options.startsAt ?? timeOfItsOwn(),
    funding: offering === free ? 'free' : 'card',
  });
  expect(booked.status).toBe(201);
  await app.drain();
  return booked.body;
}

/** Tokens of the links in the mails to somebody, oldest first. */
const tokensTo = (email: string): string[] =>
  app.sandbox.mailbox.to(email).flatMap(({ text }) => LINK.exec(text)?.[1] ?? []);

function newestToken(email = client.email): string {
  const token = tokensTo(email).at(-1);
  if (token === undefined) throw new Error(`No mail to ${email} has a link.`);
  return token;
}

const show = (token: string): Promise<{ status: number; body: Confirmation }> =>
  app.http().get<Confirmation>(`/v1/booking-confirmations/${token}`);
const confirm = (
  token: string,
  acceptedPolicyId: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Confirmation }> =>
  app.http().post<Confirmation>(`/v1/booking-confirmations/${token}`, { acceptedPolicyId }, headers);

/** What the timeline tells of the acceptance. */
const acceptancesOf = async (sessionId: string): Promise<{ by: string; via: string }[]> =>
  app.database.many(sql<{ by: string; via: string }>`
    select actor_kind as by, details ->> 'via' as via from session_timeline
    where session_id = ${parsePublicId('session', sessionId)}::uuid and kind = 'terms_accepted'`);

const payWith = (session: SessionSummary, clientSecret: string | null | undefined): Promise<void> =>
  world.pay({ ...session, payment: { id: '', clientSecret: clientSecret ?? null } });

describe('a paid session that the coach booked', () => {
  it('A89 is shown by the mailed link, accepted and paid there without signing in', async () => {
    const session = await bookedByCoach(paid, { startsAt: '2027-06-20T08:00:00Z' });
    for (const reader of [coach, client])
      expect(await world.read(reader, session.id)).toMatchObject({ status: 'held', termsAcceptedAt: null });
    const token = newestToken();
    const before = await contentsOf(app.database);
    const shown = await show(token);
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

    const accepted = await confirm(token, paid.policyId);
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
    expect(await acceptancesOf(session.id)).toEqual([{ by: 'client', via: 'link' }]);
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
    expect(confirmation?.text).not.toMatch(LINK);
  });

  it('A89 twice changes nothing more, and pays once', async () => {
    const session = await bookedByCoach(paid);
    const token = newestToken();
    const key = { 'idempotency-key': randomUUID() };
    const [first, second] = [
      await confirm(token, paid.policyId, key),
      await confirm(token, paid.policyId, key),
    ];
    expect(second.body).toEqual(first.body);
    await payWith(session, first.body.payment?.clientSecret);
    const third = await confirm(token, paid.policyId);
    expect(third).toMatchObject({
      status: 200,
      body: { status: 'scheduled', isPaymentDue: false, payment: null, terms: first.body.terms },
    });
    expect(await acceptancesOf(session.id)).toHaveLength(1);
    const { payment } = await world.read(client, session.id);
    expect(payment).toMatchObject({ captured: { amount: 9_000, currency: 'EUR' } });
  });

  it('A89 keeps neither the token nor what the browser pays with', async () => {
    await bookedByCoach(paid);
    const token = newestToken();
    const { body } = await confirm(token, paid.policyId, { 'idempotency-key': randomUUID() });
    expect(await tablesWith(app.database, token)).toEqual([]);
    expect(await tablesWith(app.database, body.payment?.clientSecret ?? '')).toEqual([]);
  });

  it('A89 gives nobody what pays it before the terms are accepted, and is not charged', async () => {
    const session = await bookedByCoach(paid);
    const read = await world.read(client, session.id);
    expect(read.payment).toMatchObject({ clientSecret: null });
    expect(read.allowedActions).toEqual(expect.arrayContaining(['accept_terms', 'pay']));
    const refused = await client.http.post(`/v1/sessions/${session.id}/pay`, {});
    const { text } = (await show(newestToken())).body.terms;
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'policies.not_accepted', policyId: paid.policyId, text },
    });
    expect(refused.body).not.toHaveProperty('clientSecret');
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
    const [one, two] = [await bookedByCoach(paid), await bookedByCoach(paid)];
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
      expect(await acceptancesOf(id)).toEqual([{ by: 'client', via: 'app' }]);
      expect((await client.http.post(`/v1/sessions/${id}/pay`, {})).status).toBe(409);
    }
  });

  it('A89 stays accepted while Stripe is away; what pays it comes with the next try', async () => {
    const session = await bookedByCoach(paid);
    app.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'GET /v1/payment_intents/{id}',
      kind: 'reset',
      times: 10,
    });
    const accepted = await confirm(newestToken(), paid.policyId);
    expect(accepted).toMatchObject({ status: 200, body: { payment: { clientSecret: null } } });
    expect(accepted.body.terms.acceptedAt).not.toBeNull();
    app.sandbox.faults.clear();
    const again = await confirm(newestToken(), paid.policyId);
    expect(again.body.payment?.clientSecret).toMatch(/^pi_/);
    expect(await acceptancesOf(session.id)).toHaveLength(1);
  });

  it('A89 is accepted once by two who press at the same moment', async () => {
    const session = await bookedByCoach(paid);
    const token = newestToken();
    const answers = await Promise.all([
      confirm(token, paid.policyId),
      confirm(token, paid.policyId),
      client.http.post(`/v1/sessions/${session.id}/accept-terms`, { acceptedPolicyId: paid.policyId }),
      client.http.post(`/v1/sessions/${session.id}/pay`, { acceptedPolicyId: paid.policyId }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await acceptancesOf(session.id)).toHaveLength(1);
  });
});

describe('a free session that the coach booked', () => {
  it('A89 is scheduled at once, and its terms are accepted by the link in the confirmation', async () => {
    const session = await bookedByCoach(free);
    expect(session.status).toBe('scheduled');
    const mail = app.sandbox.mailbox.to(client.email).at(-1);
    expect(mail?.subject).toMatch(/^Confirmed: /);
    expect(app.sandbox.mailbox.to(coach.email).filter(({ text }) => LINK.test(text))).toEqual([]);
    const token = newestToken();
    expect((await show(token)).body).toMatchObject({ status: 'scheduled', isPaymentDue: false });
    expect(await confirm(token, free.policyId)).toMatchObject({
      status: 200,
      body: { status: 'scheduled', payment: null, terms: { acceptedAt: expect.any(String) as string } },
    });
    const timeline = await coach.http.get<{ data: { kind: string; text: string }[] }>(
      `/v1/sessions/${session.id}/timeline`,
    );
    expect(timeline.body.data.at(-1)).toMatchObject({
      kind: 'terms_accepted',
      text: 'Terms accepted by the client.',
    });
    const rows = await coach.http.get<{ data: { id: string; termsAcceptedAt: string | null }[] }>(
      '/v1/sessions?view=upcoming&limit=100',
    );
    expect(rows.body.data.find(({ id }) => id === session.id)?.termsAcceptedAt).not.toBeNull();
  });

  it('A89 is cancelled without its terms, and the link tells so and takes them no more', async () => {
    const session = await bookedByCoach(free);
    const answer = await client.http.post(`/v1/sessions/${session.id}/cancel`, {});
    expect(answer).toMatchObject({ status: 200, body: { termsAcceptedAt: null, payment: null } });
    expect(await show(newestToken())).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(await confirm(newestToken(), free.policyId)).toMatchObject({
      status: 409,
      body: { code: 'sessions.action_not_allowed' },
    });
  });

  it('A89 shows and takes the terms of its booking, whatever the coach changed since', async () => {
    const changing = await world.coach();
    const guest = await world.client(changing);
    const offering = await world.offering(changing, { priceMinor: 0 });
    const booked = await changing.http.post<SessionSummary>('/v1/sessions', {
      offeringId: offering.id,
      clientId: guest.clientId,
      startsAt: timeOfItsOwn(),
      funding: 'free',
    });
    await app.drain();
    const token = newestToken(guest.email);
    const { text } = (await show(token)).body.terms;
    const stricter = await changing.http.post<{ id: string }>('/v1/policies', {
      name: 'Stricter',
      rules: {
        tiers: [{ noticeHours: 240, refundPercent: 100 }],
        freeRescheduleHours: 240,
        noShowChargePercent: 100,
        returnCreditOnLateCancel: false,
      },
      replacesPolicyId: offering.policyId,
    });
    expect(stricter.status).toBe(201);
    expect((await show(token)).body.terms).toMatchObject({ policyId: offering.policyId, text });
    expect(await confirm(token, stricter.body.id)).toMatchObject({
      status: 422,
      body: { code: 'policies.not_accepted', policyId: offering.policyId, text },
    });
    expect(await acceptancesOf(booked.body.id)).toEqual([]);
    expect((await confirm(token, offering.policyId)).status).toBe(200);
  });

  it('A89 can be accepted by a client who has no account yet', async () => {
    const email = 'nora-new@demo.test';
    const invited = await coach.http.post<{ id: string }>('/v1/clients', { email, displayName: 'Nora New' });
    const session = await bookedByCoach(free, { clientId: invited.body.id });
    expect((await confirm(newestToken(email), policyIdOf(session))).status).toBe(200);
    const row = await app.database.one(sql<{ by: string | null; at: Date | null }>`
      select policy_accepted_by as by, policy_accepted_at as at from sessions
      where id = ${parsePublicId('session', session.id)}::uuid`);
    expect(row).toEqual({ by: null, at: expect.any(Date) as Date });
    expect(await acceptancesOf(session.id)).toEqual([{ by: 'client', via: 'link' }]);
  });
});

describe('who may accept, and until when', () => {
  it('A89 A176 a session is accepted by its own client alone', async () => {
    const session = await bookedByCoach(free);
    const path = `/v1/sessions/${session.id}/accept-terms`;
    const body = { acceptedPolicyId: policyIdOf(session) };
    expect((await stranger.http.post(path, body)).status).toBe(404);
    expect((await coach.http.post(path, body)).status).toBe(403);
    expect((await app.http().post(path, body)).status).toBe(401);
    const stale = await client.http.post(path, body, { 'if-match': '"99"' });
    expect(stale.status).toBe(412);
    expect(await acceptancesOf(session.id)).toEqual([]);
    const { version } = await world.read(client, session.id);
    expect((await client.http.post(path, body, { 'if-match': `"${version}"` })).status).toBe(200);
  });

  it('A89 A176 a token that never was, is for something else, or is over, has one answer', async () => {
    const session = await bookedByCoach(free);
    const token = newestToken();
    const joinToken = /\/j\/([\w-]{24})/.exec(app.sandbox.mailbox.to(client.email).at(-1)?.text ?? '')?.[1];
    const body = policyIdOf(session);
    expect((await app.http().get(`/j/${token}`)).status).toBe(404);
    expect((await app.http().get(`/j/${joinToken}`)).status).not.toBe(404);
    const wrong = ['x'.repeat(24), joinToken ?? '', `${token}a`, token.toUpperCase()];
    for (const other of wrong) {
      expect(await show(other)).toMatchObject(DEAD_END);
      expect(await confirm(other, body)).toMatchObject(DEAD_END);
    }
    expect((await show(token)).status).toBe(200);
    await app.advanceTo(session.startsAt);
    expect(await show(token)).toMatchObject(DEAD_END);
    expect(await confirm(token, body)).toMatchObject(DEAD_END);
    const inTheApp = await client.http.post(`/v1/sessions/${session.id}/accept-terms`, {
      acceptedPolicyId: body,
    });
    expect(inTheApp).toMatchObject({ status: 409, body: { code: 'sessions.action_not_allowed' } });
    expect(await acceptancesOf(session.id)).toEqual([]);
  });

  it('A89 who booked for themselves has agreed already, and gets no such link', async () => {
    const before = tokensTo(stranger.email).length;
    const session = await world.book(stranger, paid, timeOfItsOwn());
    await app.drain();
    expect(tokensTo(stranger.email)).toHaveLength(before);
    expect(session.allowedActions).not.toContain('accept_terms');
    expect(session['termsAcceptedAt']).toEqual(expect.any(String));
    expect(session.payment?.clientSecret).toMatch(/^pi_/);
    expect((await stranger.http.post(`/v1/sessions/${session.id}/pay`, {})).status).toBe(200);
  });
});

function policyIdOf(session: SessionSummary): string {
  return (session['policy'] as { id: string }).id;
}
