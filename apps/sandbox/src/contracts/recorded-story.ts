import type { Sandbox } from '../sandbox';
import { playMoney } from './recorded-money-story';
import { DEMO_ZOOM_CLIENT } from '../sandbox';
import { control, paidDestinationCharge, readyAccount, stripeClient } from '../testing';

export interface RecordedCall {
  method: string;
  path: string;
  query: string;
  contentType: string;
  requestBody: string;
  status: number;
  responseBody: string;
}

/** Passes each request of `fetch` on and keeps it with its answer. */
export function recordingFetch(calls: RecordedCall[]): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    const requestBody = request.method === 'GET' ? '' : await request.clone().text();
    const answer = await fetch(request);
    calls.push({
      method: request.method,
      path: pathname,
      query: search.slice(1),
      contentType: (request.headers.get('content-type') ?? '').split(';', 1)[0] ?? '',
      requestBody,
      status: answer.status,
      responseBody: await answer.clone().text(),
    });
    return answer;
  };
}

async function refused(attempt: Promise<unknown>): Promise<void> {
  const isRefused = await attempt.then(
    () => false,
    () => true,
  );
  if (!isRefused) throw new Error('the call was not refused');
}

/** Plays every Stripe operation that the sandbox has, good cases and refusals. */
export async function playStripe(sandbox: Sandbox, calls: RecordedCall[]): Promise<void> {
  const stripe = stripeClient(sandbox, { fetchFunction: recordingFetch(calls) });

  const coach = await readyAccount(sandbox, stripe);
  await stripe.accounts.create({
    controller: { stripe_dashboard: { type: 'express' } },
    capabilities: { transfers: { requested: true } },
    country: 'DE',
    email: 'coach@example.test',
  });
  await stripe.accounts.update(coach, {
    business_profile: { name: 'Practice' },
    metadata: { coachId: 'coa_1' },
  });
  await stripe.accounts.retrieve(coach);
  await stripe.accounts.list({ limit: 3 });
  await stripe.accountLinks.create({
    account: coach,
    type: 'account_onboarding',
    return_url: 'http://127.0.0.1/b',
    refresh_url: 'http://127.0.0.1/a',
  });
  const customer = await stripe.customers.create({
    email: 'client@example.test',
    name: 'Client',
    metadata: { clientId: 'cli_1' },
  });
  await stripe.customers.update(customer.id, { phone: '123', metadata: '' });
  await stripe.customers.retrieve(customer.id);
  await stripe.customers.list({ email: 'client@example.test' });
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
  await stripe.paymentMethods.retrieve(method.id);
  await stripe.paymentMethods.list({ customer: customer.id, type: 'card' });
  await stripe.paymentMethods.detach(method.id);

  const never = { enabled: true, allow_redirects: 'never' } as const;
  const open = await stripe.paymentIntents.create(
    {
      amount: 5_000,
      currency: 'eur',
      customer: customer.id,
      automatic_payment_methods: never,
      metadata: { sessionId: 'ses_1' },
      receipt_email: 'client@example.test',
      statement_descriptor_suffix: 'COACH',
      setup_future_usage: 'off_session',
    },
    { idempotencyKey: 'payment:1:1' },
  );
  await stripe.paymentIntents.update(open.id, { description: 'Session' });
  await refused(stripe.paymentIntents.confirm(open.id, { payment_method: 'pm_card_chargeDeclined' }));
  await stripe.paymentIntents.retrieve(open.id);
  await stripe.paymentIntents.confirm(open.id, { payment_method: 'pm_card_authenticationRequired' });
  await control(sandbox, 'POST', `stripe/payment-intents/${open.id}/authenticate`, { success: false });
  await stripe.paymentIntents.cancel(open.id, { cancellation_reason: 'abandoned' });
  await refused(stripe.paymentIntents.create({ amount: 0, currency: 'eur' }));
  await refused(stripe.paymentIntents.retrieve('pi_none'));
  await stripe.paymentIntents.create({
    amount: 5_000,
    currency: 'eur',
    payment_method: 'pm_sandbox_processing',
    confirm: true,
    automatic_payment_methods: never,
  });

  const paid = await paidDestinationCharge(stripe, coach, {
    amount: 10_000,
    fee: 1_500,
    method: 'pm_card_pendingRefund',
  });
  await stripe.paymentIntents.retrieve(paid.id, {
    expand: ['latest_charge.balance_transaction', 'latest_charge.transfer', 'payment_method'],
  });
  await stripe.paymentIntents.list({ limit: 2, created: { gte: 1 } });
  const charge = paid.latest_charge as string;
  await stripe.charges.retrieve(charge, { expand: ['application_fee', 'payment_intent'] });
  await stripe.charges.list({ payment_intent: paid.id });
  const refund = await stripe.refunds.create({
    payment_intent: paid.id,
    amount: 4_000,
    reason: 'requested_by_customer',
    metadata: { refundId: 'ref_1' },
    reverse_transfer: true,
    refund_application_fee: true,
  });
  await refused(stripe.refunds.create({ charge, amount: 7_000 }));
  await control(sandbox, 'POST', `stripe/refunds/${refund.id}/fail`, {});
  await stripe.refunds.retrieve(refund.id, {
    expand: ['transfer_reversal', 'balance_transaction', 'failure_balance_transaction'],
  });
  await stripe.refunds.update(refund.id, { metadata: { note: 'x' } });
  await stripe.refunds.list({ charge });

  const transfers = await stripe.transfers.list({ destination: coach });
  const transfer = transfers.data[0]?.id ?? '';
  await stripe.transfers.retrieve(transfer);
  const reversal = await stripe.transfers.createReversal(transfer, {
    amount: 100,
    refund_application_fee: true,
  });
  await stripe.transfers.retrieveReversal(transfer, reversal.id);
  await stripe.transfers.listReversals(transfer);
  const fee = (await stripe.applicationFees.list({ charge })).data[0]?.id ?? '';
  await stripe.applicationFees.retrieve(fee);
  const feeRefund = await stripe.applicationFees.createRefund(fee, { amount: 10, metadata: { why: 'test' } });
  await stripe.applicationFees.retrieveRefund(fee, feeRefund.id);
  await stripe.applicationFees.listRefunds(fee);

  await playMoney(sandbox, stripe, coach);

  await stripe.balance.retrieve();
  await stripe.balance.retrieve({}, { stripeAccount: coach });
  const movements = await stripe.balanceTransactions.list({ limit: 100 });
  await stripe.balanceTransactions.list({ limit: 100, type: 'payment' }, { stripeAccount: coach });
  await stripe.balanceTransactions.retrieve(movements.data[0]?.id ?? '', { expand: ['source'] });
  await stripe.charges.list({}, { stripeAccount: coach });
  const events = await stripe.events.list({ limit: 100, type: 'charge.*' });
  await stripe.events.retrieve(events.data[0]?.id ?? '');
}

/** Plays every Zoom operation that the sandbox has; returns nothing but what was recorded. */
export async function playZoom(sandbox: Sandbox, calls: RecordedCall[]): Promise<void> {
  const call = recordingFetch(calls);
  const redirectUri = 'http://127.0.0.1:9/callback';
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: DEMO_ZOOM_CLIENT.id,
    redirect_uri: redirectUri,
    sandbox_auto_approve: 'true',
  });
  const consent = await fetch(`${sandbox.urls.zoom}/oauth/authorize?${query.toString()}`, {
    redirect: 'manual',
  });
  const code = new URL(consent.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const basic = Buffer.from(`${DEMO_ZOOM_CLIENT.id}:${DEMO_ZOOM_CLIENT.secret}`).toString('base64');
  const form = (path: string, parameters: Record<string, string>) =>
    call(`${sandbox.urls.zoom}/oauth/${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams(parameters),
    });
  const granted = (await (
    await form('token', { grant_type: 'authorization_code', code, redirect_uri: redirectUri })
  ).json()) as { refresh_token: string };
  const tokens = (await (
    await form('token', { grant_type: 'refresh_token', refresh_token: granted.refresh_token })
  ).json()) as { access_token: string };
  await form('token', { grant_type: 'refresh_token', refresh_token: granted.refresh_token });

  const api = (method: string, path: string, body?: unknown) =>
    call(`${sandbox.urls.zoom}/v2${path}`, {
      method,
      headers: { authorization: `Bearer ${tokens.access_token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  await api('GET', '/users/me');
  const startTime = `${new Date(sandbox.now().getTime() + 86_400_000).toISOString().slice(0, 19)}Z`;
  const made = await api('POST', '/users/me/meetings', {
    type: 2,
    topic: 'Session',
    agenda: 'ref ses_1',
    start_time: startTime,
    timezone: 'Europe/Berlin',
    duration: 50,
    password: 'secret12',
    settings: {
      waiting_room: true,
      auto_recording: 'none',
      global_dial_in_countries: ['US'],
      breakout_room: { enable: true, rooms: [{ name: 'A', participants: ['a@example.test'] }] },
    },
    tracking_fields: [{ field: 'ref', value: 'ses_1' }],
  });
  const { id } = (await made.json()) as { id: number };
  await api('POST', '/users/me/meetings', { topic: 'instant' });
  await api('GET', '/users/me/meetings?type=upcoming&page_size=300');
  await api('GET', `/meetings/${id}`);
  await api('PATCH', `/meetings/${id}`, { start_time: startTime, duration: 60, settings: { jbh_time: 5 } });
  const happen = (event: string, name = 'Client') =>
    control(sandbox, 'POST', `zoom/meetings/${id}/events`, { event, participant: { name, email: '' } });
  await happen('started');
  await happen('joined', 'Coach');
  await happen('joined');
  await happen('left');
  await happen('ended');
  await api('GET', `/past_meetings/${id}/participants`);
  await api('DELETE', `/meetings/${id}`);
  await form('revoke', { token: tokens.access_token });
}
