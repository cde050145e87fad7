import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { timeOfItsOwn } from '../support/cancelling';
import { CONFIRMATION_LINK, CoachBookingWorld } from '../support/coach-booking';
import type { TestApp } from '../support/test-app';
import type { ClientWorld, CoachWorld, SessionSummary, World } from '../support/world';

const DEAD_END = { status: 404, body: { code: 'sessions.confirmation_link_not_found' } };

let booking: CoachBookingWorld;
let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;
let stranger: ClientWorld;
let free: { id: string; policyId: string };

beforeAll(async () => {
  booking = await CoachBookingWorld.start();
  ({ app, world, coach, client, stranger, free } = booking);
});
afterEach(async () => {
  app.sandbox.faults.clear();
  await app.drain();
  expect(await app.brokenInvariants()).toEqual([]);
});
afterAll(() => app.stop());

describe('a free session that the coach booked', () => {
  it('A89 is scheduled at once, and its terms are accepted by the link in the confirmation', async () => {
    const session = await booking.book(free);
    expect(session.status).toBe('scheduled');
    const mail = app.sandbox.mailbox.to(client.email).at(-1);
    expect(mail?.subject).toMatch(/^Confirmed: /);
    expect(app.sandbox.mailbox.to(coach.email).filter(({ text }) => CONFIRMATION_LINK.test(text))).toEqual(
      [],
    );
    const token = booking.newestToken();
    expect((await booking.show(token)).body).toMatchObject({ status: 'scheduled', isPaymentDue: false });
    expect(await booking.confirm(token, free.policyId)).toMatchObject({
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
    const session = await booking.book(free);
    const answer = await client.http.post(`/v1/sessions/${session.id}/cancel`, {});
    expect(answer).toMatchObject({ status: 200, body: { termsAcceptedAt: null, payment: null } });
    expect(await booking.show(booking.newestToken())).toMatchObject({
      status: 200,
      body: { status: 'cancelled' },
    });
    expect(await booking.confirm(booking.newestToken(), free.policyId)).toMatchObject({
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
    const token = booking.newestToken(guest.email);
    const { text } = (await booking.show(token)).body.terms;
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
    expect((await booking.show(token)).body.terms).toMatchObject({ policyId: offering.policyId, text });
    expect(await booking.confirm(token, stricter.body.id)).toMatchObject({
      status: 422,
      body: { code: 'policies.not_accepted', policyId: offering.policyId, text },
    });
    expect(await booking.acceptancesOf(booked.body.id)).toEqual([]);
    expect((await booking.confirm(token, offering.policyId)).status).toBe(200);
  });

  it('A89 can be accepted by a client who has no account yet', async () => {
    const email = 'nora-new@demo.test';
    const invited = await coach.http.post<{ id: string }>('/v1/clients', { email, displayName: 'Nora New' });
    const session = await booking.book(free, { clientId: invited.body.id });
    expect((await booking.confirm(booking.newestToken(email), policyIdOf(session))).status).toBe(200);
    const row = await app.database.one(sql<{ by: string | null; at: Date | null }>`
      select policy_accepted_by as by, policy_accepted_at as at from sessions
      where id = ${parsePublicId('session', session.id)}::uuid`);
    expect(row).toEqual({ by: null, at: expect.any(Date) as Date });
    expect(await booking.acceptancesOf(session.id)).toEqual([{ by: 'client', via: 'link' }]);
  });
});

describe('who may accept, and until when', () => {
  it('A89 never the coach in the name of the client, while booking neither', async () => {
    const before = await coach.http.get<{ data: unknown[] }>('/v1/sessions?view=all');
    const answer = await coach.http.post('/v1/sessions', {
      offeringId: free.id,
      clientId: client.clientId,
      startsAt: timeOfItsOwn(),
      funding: 'free',
      override: true,
      acceptedPolicyId: free.policyId,
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'policies.acceptance_not_yours' } });
    expect((await coach.http.get<{ data: unknown[] }>('/v1/sessions?view=all')).body.data).toHaveLength(
      before.body.data.length,
    );
  });

  it('A89 A176 a session is accepted by its own client alone', async () => {
    const session = await booking.book(free);
    const path = `/v1/sessions/${session.id}/accept-terms`;
    const body = { acceptedPolicyId: policyIdOf(session) };
    expect((await stranger.http.post(path, body)).status).toBe(404);
    expect((await coach.http.post(path, body)).status).toBe(403);
    expect((await app.http().post(path, body)).status).toBe(401);
    const stale = await client.http.post(path, body, { 'if-match': '"99"' });
    expect(stale.status).toBe(412);
    expect(await booking.acceptancesOf(session.id)).toEqual([]);
    const { version } = await world.read(client, session.id);
    expect((await client.http.post(path, body, { 'if-match': `"${version}"` })).status).toBe(200);
  });

  it('A89 A176 a token that never was, is for something else, or is over, has one answer', async () => {
    const session = await booking.book(free);
    const token = booking.newestToken();
    const joinToken = /\/j\/([\w-]{24})/.exec(app.sandbox.mailbox.to(client.email).at(-1)?.text ?? '')?.[1];
    const body = policyIdOf(session);
    expect((await app.http().get(`/j/${token}`)).status).toBe(404);
    expect((await app.http().get(`/j/${joinToken}`)).status).not.toBe(404);
    const wrong = ['x'.repeat(24), joinToken ?? '', `${token}a`, token.toUpperCase()];
    for (const other of wrong) {
      expect(await booking.show(other)).toMatchObject(DEAD_END);
      expect(await booking.confirm(other, body)).toMatchObject(DEAD_END);
    }
    expect((await booking.show(token)).status).toBe(200);
    await app.advanceTo(session.startsAt);
    expect(await booking.show(token)).toMatchObject(DEAD_END);
    expect(await booking.confirm(token, body)).toMatchObject(DEAD_END);
    const inTheApp = await client.http.post(`/v1/sessions/${session.id}/accept-terms`, {
      acceptedPolicyId: body,
    });
    expect(inTheApp).toMatchObject({ status: 409, body: { code: 'sessions.action_not_allowed' } });
    expect(await booking.acceptancesOf(session.id)).toEqual([]);
  });

  it('A89 who booked for themselves has agreed already, and gets no such link', async () => {
    const before = booking.tokensTo(stranger.email).length;
    const session = await world.book(stranger, booking.paid, timeOfItsOwn());
    await app.drain();
    expect(booking.tokensTo(stranger.email)).toHaveLength(before);
    expect(session.allowedActions).not.toContain('accept_terms');
    expect(session['termsAcceptedAt']).toEqual(expect.any(String));
    expect(session.payment?.clientSecret).toMatch(/^pi_/);
    expect((await stranger.http.post(`/v1/sessions/${session.id}/pay`, {})).status).toBe(200);
  });
});

function policyIdOf(session: SessionSummary): string {
  return (session['policy'] as { id: string }).id;
}
