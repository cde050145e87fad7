import { sql } from '@app/database';
import { paymentLinkOf } from '../support/charges';
import { pageAtStripe, payOnPage } from '../support/checkout';
import { PayLaterWorld, type ChargedSession } from '../support/pay-later';
import { saveCard } from '../support/saved-cards';
import { processStripeEvents } from '../support/stripe-news';
import type { ClientWorld } from '../support/world';

/** What a saved card did not pay is paid by the mailed link, on a page of Stripe (domain.md 9, 12). */
describe('a charge that a saved card did not pay', () => {
  let practice: PayLaterWorld;

  beforeAll(async () => {
    practice = await PayLaterWorld.start();
  });
  afterEach(async () => {
    await practice.app.drain();
    expect(await practice.app.brokenInvariants()).toEqual([]);
  });
  afterAll(() => practice.app.stop());

  /** It is due; both sides were told how it ended. */
  async function unpaid(
    paymentMethod: string,
    card: 'kept' | 'removed' = 'kept',
  ): Promise<{ client: ClientWorld; session: ChargedSession }> {
    const client = await practice.clientWith(paymentMethod);
    const session = await practice.book(practice.offering, client);
    if (card === 'removed') await removeCards(client);
    await practice.hoursBefore(session, 40);
    await practice.app.drain();
    return { client, session };
  }
  const mailedLink = (client: ClientWorld): string =>
    `/v1/payment-links/${paymentLinkOf(practice.app, client)}/checkout`;
  async function removeCards({ http }: ClientWorld): Promise<void> {
    const { body } = await http.get<{ data: { id: string }[] }>('/v1/payment-methods');
    for (const { id } of body.data) expect((await http.delete(`/v1/payment-methods/${id}`)).status).toBe(204);
  }
  /** Presses the button of the page that the mail leads to. */
  async function opened(link: string): Promise<string> {
    const asked = await fetch(practice.app.url + link);
    expect([asked.status, asked.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const answer = await fetch(practice.app.url + link, { method: 'POST', redirect: 'manual' });
    expect([answer.status, await answer.text()]).toEqual([303, '']);
    return answer.headers.get('location') ?? '';
  }
  async function press(link: string): Promise<unknown> {
    const answer = await fetch(practice.app.url + link, { method: 'POST', redirect: 'manual' });
    return [answer.status, ((await answer.json()) as { code?: string }).code];
  }
  async function payments({ id }: ChargedSession): Promise<Record<string, unknown>[]> {
    const { body } = await practice.coach.http.get<{ data: Record<string, unknown>[] }>(
      `/v1/payments?sessionId=${id}`,
    );
    return body.data;
  }

  it('is paid there once no card is left to ask; the link in the mail leads there by a button', async () => {
    const { client, session } = await unpaid('pm_card_visa', 'removed');
    const link = mailedLink(client);
    const [mail] = practice.app.sandbox.mailbox
      .to(client.email)
      .filter(({ subject }) => subject.startsWith('Payment failed'));
    expect(mail?.text).toContain(link);
    const url = await opened(link);
    expect(await opened(link)).toBe(url);
    expect(pageAtStripe(practice.app, url)).toMatchObject({ status: 'open', amount_total: 9_000 });
    await payOnPage(url);
    await practice.app.drain();
    expect(await payments(session)).toMatchObject([
      { status: 'paid', chargeState: 'settled', failureCode: null, captured: { amount: 9_000 } },
    ]);
    expect((await practice.read(client, session.id)).paymentStatus).toBe('paid');
    expect(await press(link)).toEqual([409, 'payments.not_payable']);
  });

  it('is paid there where the bank wanted the client: what the bank was asked before takes no money any more', async () => {
    const { client, session } = await unpaid('pm_card_authenticationRequired');
    const link = mailedLink(client);
    const [asked] = await practice.app.database.many(sql<{ intent: string; state: string }>`
      select stripe_payment_intent_id as intent, charge_state as state from payments
      where id = (select id from payments order by created_at desc limit 1)`);
    expect(asked?.state).toBe('needs_action');
    const url = await opened(link);
    await practice.app.drain();
    expect(practice.app.sandbox.stripe.paymentIntents.find(({ id }) => id === asked?.intent)).toMatchObject({
      status: 'canceled',
    });
    expect(await payments(session)).toMatchObject([
      { status: 'requires_payment', chargeState: 'needs_action' },
    ]);
    // After three days nobody waits for the bank any more, and a page of a day before gives way to another.
    await practice.app.advance(72 * 3_600 + 60);
    expect(await payments(session)).toMatchObject([{ status: 'failed', chargeState: 'given_up' }]);
    const other = await opened(link);
    expect(other).not.toBe(url);
    await payOnPage(other);
    await practice.app.drain();
    expect(await payments(session)).toMatchObject([{ status: 'paid', chargeState: 'settled' }]);
    expect(await practice.atStripe(session)).toMatchObject({ taken: [9_000], givenBack: [] });
  });

  it('is not paid there while the coach has the card tried again: the page is closed first', async () => {
    const { client, session } = await unpaid('pm_card_visa', 'removed');
    const link = mailedLink(client);
    const url = await opened(link);
    await practice.app.drain();
    const { body: saved } = await client.http.get<{ data: unknown[] }>('/v1/payment-methods');
    expect(saved.data).toEqual([]);
    const [payment] = await payments(session);
    expect((await practice.coach.http.post(`/v1/payments/${String(payment?.['id'])}/retry`)).status).toBe(
      200,
    );
    expect(await press(link)).toEqual([409, 'payments.not_payable']);
    await practice.app.drain();
    expect(pageAtStripe(practice.app, url).status).toBe('expired');
    expect(await payments(session)).toMatchObject([{ status: 'failed', failureCode: 'no_saved_card' }]);
    // Given up again, it has another page.
    const other = await opened(link);
    expect(other).not.toBe(url);
    await payOnPage(other);
    await practice.app.drain();
    expect(await payments(session)).toMatchObject([{ status: 'paid' }]);
  });

  it('stays there while nothing is heard of it: looking at Stripe closes no page', async () => {
    const { client } = await unpaid('pm_card_visa', 'removed');
    const url = await opened(mailedLink(client));
    await practice.app.advance(3 * 3_600);
    expect(await opened(mailedLink(client))).toBe(url);
    expect(pageAtStripe(practice.app, url).status).toBe('open');
  });

  it('is called off with its page: what nobody wants any more cannot be paid', async () => {
    const { client, session } = await unpaid('pm_card_visa', 'removed');
    const link = mailedLink(client);
    const url = await opened(link);
    await practice.cancel(practice.coach, session);
    expect(pageAtStripe(practice.app, url).status).toBe('expired');
    expect(await payOnPage(url)).toContain('no way on');
    expect(await payments(session)).toMatchObject([{ status: 'canceled', chargeState: 'settled' }]);
    expect(await press(link)).toEqual([409, 'payments.not_payable']);
  });

  it('that was paid on the page in the moment of being called off goes back', async () => {
    const { client, session } = await unpaid('pm_card_visa', 'removed');
    const link = mailedLink(client);
    const url = await opened(link);
    await payOnPage(url);
    await practice.cancel(practice.coach, session);
    await processStripeEvents(practice.app);
    await practice.app.drain();
    expect(await payments(session)).toMatchObject([{ status: 'refunded', refunded: { amount: 9_000 } }]);
  });

  it('that was paid on the page and by the card at once is kept once', async () => {
    const { client, session } = await unpaid('pm_card_chargeCustomerFail');
    await practice.app.advance(6 * 3_600 + 60);
    await practice.app.advance(24 * 3_600 + 60);
    await practice.app.advance(72 * 3_600 + 60);
    expect(await payments(session)).toMatchObject([
      { status: 'failed', chargeState: 'given_up', attempts: 4 },
    ]);
    const url = await opened(mailedLink(client));
    await removeCards(client);
    await saveCard(practice.app, client, practice.offering.policyId);
    await payOnPage(url);
    const [payment] = await payments(session);
    await practice.coach.http.post(`/v1/payments/${String(payment?.['id'])}/retry`);
    await practice.app.drain();
    expect(await payments(session)).toMatchObject([{ status: 'paid', captured: { amount: 9_000 } }]);
    expect((await practice.atStripe(session)).taken).toEqual([9_000]);
  });

  it('that is asked of the card and paid on its page at the same moment is kept once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { client, session } = await unpaid('pm_card_visa', 'removed');
      const link = practice.app.url + mailedLink(client);
      await saveCard(practice.app, client, practice.offering.policyId);
      const [payment] = await payments(session);
      const payOnNewPage = async (): Promise<void> => {
        const answer = await fetch(link, { method: 'POST', redirect: 'manual' });
        expect([303, 409, 503]).toContain(answer.status);
        const url = answer.headers.get('location');
        if (url !== null) await payOnPage(url);
      };
      const retry = async (): Promise<void> => {
        const { status } = await practice.coach.http.post(`/v1/payments/${String(payment?.['id'])}/retry`);
        expect([200, 409]).toContain(status);
        await practice.app.drain();
      };
      await Promise.all([payOnNewPage(), retry(), payOnNewPage()]);
      await practice.app.drain();
      expect(await payments(session)).toMatchObject([{ status: 'paid', captured: { amount: 9_000 } }]);
      const { taken, givenBack } = await practice.atStripe(session);
      expect(taken.length - givenBack.length).toBe(1);
    }
  });

  it('is found paid although its page could not be made and Stripe was not heard of', async () => {
    const { client, session } = await unpaid('pm_card_visa', 'removed');
    const { faults, urls } = practice.app.sandbox;
    const link = mailedLink(client);
    const { body } = await practice.app.http().post(link.replace('/checkout', ''));
    const intentId = String(body['clientSecret']).split('_secret_')[0];
    faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/payment_intents/{id}/cancel',
      kind: 'server_error',
      times: 20,
    });
    expect(await press(link)).toEqual([503, 'payments.stripe_unavailable']);
    faults.clear();
    faults.inject({ provider: 'stripe_webhook', operation: '*', kind: 'webhook_drop', times: 100 });
    const paid = await fetch(`${urls.console}/sandbox/stripe/payment-intents/${intentId}/confirm`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ paymentMethod: 'pm_card_visa' }),
    });
    expect(paid.status).toBeLessThan(300);
    await practice.app.drain();
    faults.clear();
    await practice.app.advance(3_600);
    expect(await payments(session)).toMatchObject([{ status: 'paid', chargeState: 'settled' }]);
  });

  it('that was paid on the page is found although Stripe was not heard of it', async () => {
    const { client, session } = await unpaid('pm_card_visa', 'removed');
    const url = await opened(mailedLink(client));
    practice.app.sandbox.faults.inject({
      provider: 'stripe_webhook',
      operation: '*',
      kind: 'webhook_drop',
      times: 100,
    });
    await payOnPage(url);
    await practice.app.drain();
    expect(await payments(session)).toMatchObject([{ status: 'failed' }]);
    practice.app.sandbox.faults.clear();
    await practice.app.advance(3_600);
    expect(await payments(session)).toMatchObject([{ status: 'paid', chargeState: 'settled' }]);
  });
});
