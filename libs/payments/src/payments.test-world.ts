import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Module, type DynamicModule } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { Principal } from '@app/accounts';
import { buildClient, buildCoach } from '@app/accounts/testing';
import { Clock, CONFIG, newId } from '@app/common';
import { Database, DatabaseModule, invariants, sql, together } from '@app/database';
import { insertMessages, OutboxModule } from '@app/outbox';
import { createTestDatabase } from '@app/testing';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../../apps/sandbox/src/sandbox';
import { PaymentQueries } from './payment.queries';
import type { PaymentRecord } from './payment-record';
import { PaymentsModule } from './payments.module';
import { paymentOpened } from './payments.events';
import { insertPayment, Payments, type NewPayment } from './payments.service';
import { PayoutAccounts } from './payout-accounts.service';
import type { RefundRecord } from './refund-record';
import { Refunds, type RefundRequest } from './refunds.service';
import { Stripe } from './stripe-client';
import { StripeWebhooks } from './stripe-webhooks.service';

export const WEBHOOK_SECRET = 'whsec_of_the_platform_endpoint';
export const OLD_WEBHOOK_SECRET = 'whsec_that_is_being_replaced';

@Module({})
class TestConfigModule {
  static with(config: Record<string, unknown>): DynamicModule {
    return {
      module: TestConfigModule,
      global: true,
      providers: [{ provide: CONFIG, useValue: config }],
      exports: [CONFIG],
    };
  }
}

export interface Practice {
  coachId: string;
  clientId: string;
  clientAccountId: string;
  currency: string;
  stripeAccountId: string;
}

type SessionToPay = Pick<NewPayment, 'coachId' | 'sessionId' | 'clientId' | 'amountMinor' | 'currency'>;

export interface PaymentOverrides {
  amountMinor?: number;
  applicationFeeBps?: number;
}

/** The library on a database of its own, with a Stripe of its own that speaks HTTP and sends webhooks. */
export class PaymentsWorld {
  private constructor(
    readonly module: TestingModule,
    readonly database: Database,
    readonly sandbox: Sandbox,
    private readonly endpoint: Server,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  static async start(options: SandboxOptions = {}): Promise<PaymentsWorld> {
    const testDatabase = await createTestDatabase();
    const sandbox = await startSandbox({ ...options, databaseUrl: testDatabase.url });
    const module = await Test.createTestingModule({
      imports: [
        await DatabaseModule.forRoot({ url: testDatabase.url, applicationName: 'test' }),
        TestConfigModule.with({
          NODE_ENV: 'test',
          DATABASE_URL: testDatabase.url,
          TOKEN_SIGNING_KEY: Buffer.alloc(32, 1).toString('base64'),
          LINK_SECRET: 'a secret of these tests and of nothing else',
          PUBLIC_URL: 'https://practice.test',
          CHECKOUT_SUCCESS_URL: 'https://practice.test/paid',
          CHECKOUT_CANCEL_URL: 'https://practice.test/not-paid',
          SIGN_IN_TRIES_PER_ACCOUNT: 10,
          SIGN_IN_TRIES_PER_ADDRESS: 50,
          STRIPE_SECRET_KEY: 'sk_test_of_these_specs',
          STRIPE_API_BASE: sandbox.urls.stripe,
          STRIPE_WEBHOOK_SECRETS: `${WEBHOOK_SECRET},${OLD_WEBHOOK_SECRET}`,
        }),
        OutboxModule,
        PaymentsModule,
      ],
    }).compile();
    const webhooks = module.get(StripeWebhooks);
    const endpoint = await listen((body, signature) => webhooks.receive(body, signature));
    const { port } = endpoint.address() as AddressInfo;
    sandbox.setStripeWebhook({ url: `http://127.0.0.1:${port}/`, secret: WEBHOOK_SECRET });
    return new PaymentsWorld(module, module.get(Database), sandbox, endpoint, () => testDatabase.drop());
  }

  async close(): Promise<void> {
    await this.sandbox.close();
    await new Promise((resolve) => this.endpoint.close(resolve));
    await this.module.close();
    await this.dropDatabase();
  }

  get payments(): Payments {
    return this.module.get(Payments);
  }
  get refunds(): Refunds {
    return this.module.get(Refunds);
  }
  get payoutAccounts(): PayoutAccounts {
    return this.module.get(PayoutAccounts);
  }
  get queries(): PaymentQueries {
    return this.module.get(PaymentQueries);
  }
  get webhooks(): StripeWebhooks {
    return this.module.get(StripeWebhooks);
  }
  get stripe(): Stripe {
    return this.module.get(Stripe);
  }

  now(): Promise<Date> {
    return this.module.get(Clock, { strict: false }).now();
  }

  /** A coach who went through Stripe's onboarding, with one client. */
  async practice(currency = 'EUR'): Promise<Practice> {
    const coachId = await buildCoach(this.database, { currency });
    const client = await buildClient(this.database, coachId);
    const { url } = await this.payoutAccounts.onboardingLink(
      coachId,
      { returnUrl: 'https://practice.test/done', refreshUrl: 'https://practice.test/again' },
      { kind: 'coach', accountId: coachId },
    );
    await fetch(url, { method: 'POST', redirect: 'manual' });
    await this.payoutAccounts.refresh(coachId);
    const stripeAccountId = await this.payoutAccounts.assertReady(coachId);
    return {
      coachId,
      clientId: client.id,
      clientAccountId: client.accountId ?? '',
      currency,
      stripeAccountId,
    };
  }

  /** A held session with its payment, as a booking writes them. */
  async open(practice: Practice, overrides: PaymentOverrides = {}): Promise<PaymentRecord> {
    const now = await this.now();
    const payment: NewPayment = {
      coachId: practice.coachId,
      id: newId(),
      clientId: practice.clientId,
      sessionId: newId(),
      amountMinor: overrides.amountMinor ?? 10_000,
      currency: practice.currency,
      applicationFeeBps: overrides.applicationFeeBps ?? 1_500,
      stripeAccountId: practice.stripeAccountId,
      now,
    };
    await this.database.transaction(async () => {
      await this.insertSession(payment, now);
      await this.database.execute(together(insertPayment(payment), insertMessages([paymentOpened(payment)])));
    });
    return this.payment(payment);
  }

  /** Opens a payment and pays it with one of Stripe's test cards. */
  async paid(
    practice: Practice,
    overrides: PaymentOverrides & { card?: string } = {},
  ): Promise<PaymentRecord> {
    const payment = await this.open(practice, overrides);
    await this.confirm(payment, overrides.card ?? 'pm_card_visa');
    await this.payments.syncPayment(payment.coachId, payment.id);
    return this.payment(payment);
  }

  /** What the client's browser does with the client secret. */
  async confirm(payment: PaymentRecord, card: string): Promise<void> {
    const secret = await this.payments.clientSecret(payment.coachId, payment.id);
    const [intentId = ''] = secret.split('_secret_');
    await this.stripe.paymentIntents.confirm(intentId, { payment_method: card });
  }

  /** A refund as a cancellation asks for it. */
  request(
    payment: PaymentRecord,
    amountMinor: number,
    overrides: Partial<RefundRequest> = {},
  ): Promise<RefundRecord> {
    return this.database.transaction(async () =>
      this.refunds.request({
        coachId: payment.coachId,
        paymentId: payment.id,
        sessionId: payment.sessionId,
        amountMinor,
        currency: payment.currency,
        reason: 'goodwill',
        actor: { kind: 'coach', accountId: payment.coachId },
        now: await this.now(),
        ...overrides,
      }),
    );
  }

  /** Asks for a refund and does its job once. */
  async refunded(payment: PaymentRecord, amountMinor: number): Promise<RefundRecord> {
    const refund = await this.request(payment, amountMinor);
    await this.refunds.submit(refund.coachId, refund.id);
    return this.refund(refund);
  }

  payment({ coachId, id }: { coachId: string; id: string }): Promise<PaymentRecord> {
    return this.queries.payment(coachId, id);
  }

  refund({ coachId, id }: { coachId: string; id: string }): Promise<RefundRecord> {
    return this.queries.refund(coachId, id);
  }

  coach(practice: Practice): Principal {
    return principal('coach', practice.coachId);
  }

  client(practice: Practice): Principal {
    return principal('client', practice.clientAccountId);
  }

  /** Waits for what Stripe sends, then processes what was stored and not yet processed, in the order given. */
  async processEvents(order: (ids: string[]) => string[] = (ids) => ids): Promise<void> {
    await this.sandbox.drainWebhooks();
    const rows = await this.database.many(
      sql<{ id: string }>`select id from stripe_events where processed_at is null order by received_at, id`,
    );
    for (const id of order(rows.map((row) => row.id))) await this.webhooks.process(id);
  }

  /** Types of the messages that name this payment or refund, oldest first. */
  async events(name: 'paymentId' | 'refundId', id: string): Promise<string[]> {
    const rows = await this.database.many(sql<{ type: string }>`
      select type from outbox_messages where payload ->> ${name}::text = ${id} order by id`);
    return rows.map((row) => row.type.replace('payments.', ''));
  }

  /** Balance of each ledger account of a payment, minor units; accounts at zero are left out. */
  async balances(payment: PaymentRecord): Promise<Record<string, number>> {
    const lines = await this.queries.ledger(principal('coach', payment.coachId), payment.id);
    const balances = Object.fromEntries(lines.map((line) => [line.account, line.balanceMinor]));
    return Object.fromEntries(Object.entries(balances).filter(([, amount]) => amount !== 0));
  }

  /** Names of the invariants about money (07 to 11, 20 to 39, 45, 77, 78, 108, 109) that do not hold. */
  async brokenInvariants(): Promise<string[]> {
    const broken: string[] = [];
    for (const { name, statement } of invariants().filter((each) =>
      /^(0[789]|1[01]|[23]\d|45|77|78|108|109)-/.test(each.name),
    )) {
      if ((await this.database.many(sql`${sql.raw(statement)}`)).length > 0) broken.push(name);
    }
    return broken;
  }

  /** A session that waits for its payment, or that is booked and paid later. */
  async insertSession(
    { coachId, sessionId, clientId, amountMinor, currency }: SessionToPay,
    now: Date,
    funding: 'card' | 'pay_later' = 'card',
  ): Promise<void> {
    const isHeld = funding === 'card';
    const [policyId, offeringId] = [newId(), newId()];
    const startsAt = new Date(now.getTime() + 10 * 24 * 3_600_000);
    const endsAt = new Date(startsAt.getTime() + 3_600_000);
    await this.database.execute(
      together(
        sql`insert into policies (coach_id, id, line_id, line_version, name, rules, created_at, created_by)
          values (${coachId}::uuid, ${policyId}::uuid, ${policyId}::uuid, 1, 'Terms', '{}'::jsonb, ${now}::timestamptz, ${coachId}::uuid)`,
        sql`insert into offerings (coach_id, id, name, duration_minutes, price_minor, currency, funding_options, created_at, updated_at)
          values (${coachId}::uuid, ${offeringId}::uuid, 'Session', 60, ${amountMinor}::bigint, ${currency}, '{card}', ${now}::timestamptz, ${now}::timestamptz)`,
        sql`insert into sessions (coach_id, id, client_id, offering_id, status, starts_at, ends_at, local_start, timezone,
            before_minutes, after_minutes, offering_name, funding, price_minor, currency, policy_id, policy_rules, client_sort_name,
            payment_status, hold_expires_at, booked_at, booked_by, updated_at)
          values (${coachId}::uuid, ${sessionId}::uuid, ${clientId}::uuid, ${offeringId}::uuid, ${isHeld ? 'held' : 'scheduled'}, ${startsAt}::timestamptz,
            ${endsAt}::timestamptz, '2026-01-01T10:00:00', 'Europe/Berlin', 0, 0, 'Session', ${funding}, ${amountMinor}::bigint,
            ${currency}, ${policyId}::uuid, '{}'::jsonb, 'client', 'unpaid', ${isHeld ? startsAt : null}::timestamptz, ${now}::timestamptz, 'client',
            ${now}::timestamptz)`,
      ),
    );
  }
}

function principal(kind: Principal['kind'], accountId: string): Principal {
  return {
    accountId,
    kind,
    email: `${kind}@example.test`,
    displayName: kind,
    timezone: 'Europe/Berlin',
    locale: 'en',
  };
}

/** Stands for the api's route: hands body and signature over, answers 400 where that throws. */
async function listen(receive: (body: Buffer, signature: string) => Promise<void>): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      receive(Buffer.concat(chunks), String(request.headers['stripe-signature'])).then(
        () => response.writeHead(200).end(),
        () => response.writeHead(400).end(),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
