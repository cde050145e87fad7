import { Module, type DynamicModule } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { Actor, Principal } from '@app/accounts';
import { buildClient, buildCoach } from '@app/accounts/testing';
import { CONFIG, newId } from '@app/common';
import { Database, DatabaseModule, invariants, sql } from '@app/database';
import { insertMessages, OutboxModule } from '@app/outbox';
import { PayoutAccounts } from '@app/payments';
import { createTestDatabase } from '@app/testing';
import { startSandbox, type Sandbox } from '../../../apps/sandbox/src/sandbox';
import { Credits } from './credits.service';
import { EntitlementSweeps } from './entitlement-sweeps.service';
import { Entitlements } from './entitlements.service';
import type { EntitlementRecord } from './entitlement-record';
import type { PackageFields, PackageRecord } from './package-record';
import { PackageRevenue } from './package-revenue.service';
import { PackagesModule } from './packages.module';
import { revenueDue } from './packages.events';
import { captured, refundsSucceeded, sessionOver } from './package-news.test-world';
import { Packages } from './packages.service';
import { Purchases } from './purchases.service';

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

/** A coach who can be paid, a client, and an offering. */
export interface PackagePractice {
  coachId: string;
  clientId: string;
  coach: Principal;
  client: Principal;
  actor: Actor;
  offeringId: string;
}

/** The library on a database of its own, beside a Stripe of its own; business time stands where a spec puts it. */
export class PackagesWorld {
  private constructor(
    readonly module: TestingModule,
    readonly database: Database,
    readonly sandbox: Sandbox,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  static async start(): Promise<PackagesWorld> {
    const testDatabase = await createTestDatabase();
    const sandbox = await startSandbox({ databaseUrl: testDatabase.url });
    const module = await Test.createTestingModule({
      imports: [
        await DatabaseModule.forRoot({ url: testDatabase.url, applicationName: 'test' }),
        TestConfigModule.with({
          NODE_ENV: 'test',
          DATABASE_URL: testDatabase.url,
          TOKEN_SIGNING_KEY: Buffer.alloc(32, 1).toString('base64'),
          LINK_SECRET: 'a secret of these tests and of nothing else',
          SIGN_IN_TRIES_PER_ACCOUNT: 10,
          SIGN_IN_TRIES_PER_ADDRESS: 50,
          STRIPE_SECRET_KEY: 'sk_test_of_these_specs',
          STRIPE_API_BASE: sandbox.urls.stripe,
          STRIPE_WEBHOOK_SECRETS: 'whsec_of_these_specs',
        }),
        OutboxModule,
        PackagesModule,
      ],
    }).compile();
    return new PackagesWorld(module, module.get(Database), sandbox, () => testDatabase.drop());
  }

  async close(): Promise<void> {
    await this.sandbox.close();
    await this.module.close();
    await this.dropDatabase();
  }

  get packages(): Packages {
    return this.module.get(Packages);
  }
  get purchases(): Purchases {
    return this.module.get(Purchases);
  }
  get entitlements(): Entitlements {
    return this.module.get(Entitlements);
  }
  get revenue(): PackageRevenue {
    return this.module.get(PackageRevenue);
  }
  get credits(): Credits {
    return this.module.get(Credits);
  }
  get sweeps(): EntitlementSweeps {
    return this.module.get(EntitlementSweeps);
  }

  /** Business time from now on; it goes on from there. */
  async setTime(instant: string): Promise<void> {
    await this.database.execute(sql`
      update clock_offset set seconds = ceil(extract(epoch from ${instant}::timestamptz - clock_timestamp()))`);
  }

  async practice(timezone = 'Europe/Berlin', currency = 'EUR'): Promise<PackagePractice> {
    const coachId = await buildCoach(this.database, { timezone, currency });
    const client = await buildClient(this.database, coachId);
    const payouts = this.module.get(PayoutAccounts, { strict: false });
    const actor = { kind: 'coach', accountId: coachId } as const;
    const { url } = await payouts.onboardingLink(
      coachId,
      { returnUrl: 'https://practice.test/done', refreshUrl: 'https://practice.test/again' },
      actor,
    );
    await fetch(url, { method: 'POST', redirect: 'manual' });
    await payouts.refresh(coachId);
    const offeringId = newId();
    await this.database.execute(sql`
      insert into offerings (coach_id, id, name, duration_minutes, price_minor, currency, funding_options, created_at, updated_at)
      values (${coachId}::uuid, ${offeringId}::uuid, 'Session', 60, 10000, ${currency}, '{card,package}', app_now(), app_now())`);
    return {
      coachId,
      clientId: client.id,
      coach: principal('coach', coachId),
      client: principal('client', client.accountId ?? ''),
      actor,
      offeringId,
    };
  }

  sell(practice: PackagePractice, overrides: Partial<PackageFields> = {}): Promise<PackageRecord> {
    return this.packages.create(
      practice.coachId,
      {
        name: 'Five sessions',
        sessionCount: 5,
        priceMinor: 45_000,
        currency: 'EUR',
        validityDays: 90,
        expiryMeaning: 'bookBy',
        offeringIds: [practice.offeringId],
        ...overrides,
      },
      practice.actor,
    );
  }

  /** A package that the client bought and paid for. */
  async bought(
    practice: PackagePractice,
    overrides: Partial<PackageFields> = {},
  ): Promise<EntitlementRecord> {
    const { id: packageId } = await this.sell(practice, overrides);
    const id = await this.purchases.open(practice.client, packageId);
    await this.capture(practice.coachId, id);
    return this.entitlements.get(practice.coachId, id);
  }

  /** Stands for Stripe's news: the money is there, and the job that follows it ran. */
  async capture(coachId: string, entitlementId: string): Promise<void> {
    const { id } = await this.database.one(captured(coachId, entitlementId));
    await this.purchases.followPayment(coachId, id);
  }

  /** Stands for Stripe's news that all refunds of it have succeeded. */
  async settleRefunds({ coachId, id }: { coachId: string; id: string }): Promise<void> {
    await this.database.execute(refundsSucceeded(coachId, id));
  }

  /** A session that took place, or whatever its status says; its row is all that the ledger's readers look at. */
  async addSession(
    practice: PackagePractice,
    sessionId: string,
    entitlementId: string,
    status: 'completed' | 'no_show' = 'completed',
  ): Promise<void> {
    await this.database.transaction(async () => {
      await this.database.execute(sql`set local session_replication_role = replica`);
      await this.database.execute(sessionOver(practice, sessionId, entitlementId, status));
      await this.database.execute(
        insertMessages([revenueDue({ coachId: practice.coachId, id: entitlementId })]),
      );
    });
  }

  draw(
    practice: PackagePractice,
    sessionId: string,
    more: { startsAt?: Date; entitlementId?: string } = {},
  ): Promise<{ entitlementId: string; remaining: number }> {
    const { coachId, clientId, offeringId, actor } = practice;
    const startsAt = more.startsAt ?? new Date('2027-01-10T10:00:00Z');
    return this.database.transaction(() =>
      this.credits.draw({
        coachId,
        clientId,
        offeringId,
        sessionId,
        cause: 'booking',
        actor,
        ...more,
        startsAt,
      }),
    );
  }

  restore(practice: PackagePractice, sessionId: string, by: 'client' | 'coach' = 'client'): Promise<void> {
    const { coachId, actor } = practice;
    return this.database.transaction(() =>
      this.credits.restore({ coachId, sessionId, cause: 'cancelled', actor, by }),
    );
  }

  forfeit(practice: PackagePractice, sessionId: string): Promise<void> {
    const { coachId, actor } = practice;
    return this.database.transaction(() =>
      this.credits.forfeit({ coachId, sessionId, cause: 'cancelled late', actor }),
    );
  }

  /** Kind and amount of each entry, oldest first. */
  async entries({ coachId, id }: EntitlementRecord): Promise<[kind: string, amount: number][]> {
    const rows = await this.database.many(sql<{ kind: string; amount: number }>`
      select kind, amount from credit_entries where coach_id = ${coachId} and entitlement_id = ${id} order by id`);
    return rows.map(({ kind, amount }) => [kind, amount]);
  }

  get(entitlement: { coachId: string; id: string }): Promise<EntitlementRecord> {
    return this.entitlements.get(entitlement.coachId, entitlement.id);
  }

  /** Messages of this type that name the entitlement. */
  async announced(type: string, { coachId, id }: EntitlementRecord): Promise<Record<string, unknown>[]> {
    const rows = await this.database.many(sql<{ payload: Record<string, unknown> }>`
      select payload from outbox_messages
      where coach_id = ${coachId} and type = ${type} and payload ->> 'entitlementId' = ${id} order by id`);
    return rows.map(({ payload }) => payload);
  }

  /** Does for all that was announced what the worker would do about revenue: nothing is excused any more. */
  async bookRevenue(): Promise<void> {
    const due = await this.database.many(sql<{ coachId: string; id: string }>`
      with news as (
        update outbox_messages m set published_at = clock_timestamp() where m.published_at is null
        returning m.coach_id, m.payload)
      select distinct p.coach_id as "coachId", p.entitlement_id as id from news m
      join payments p on p.coach_id = m.coach_id
        and (p.entitlement_id::text = m.payload ->> 'entitlementId' or p.id::text = m.payload ->> 'paymentId')
      where p.entitlement_id is not null`);
    for (const { coachId, id } of due) await this.revenue.settle(coachId, id);
  }

  /** What one account of the books holds for a package, as the credit that it is: minor units. */
  async credited({ coachId, id }: { coachId: string; id: string }, account: string): Promise<number> {
    const { minor } = await this.database.one(sql<{ minor: number }>`
      select coalesce(-sum(e.amount_minor), 0)::bigint as minor
      from payments p
      join ledger_transactions t on t.coach_id = p.coach_id and t.payment_id = p.id
      join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id and e.account = ${account}
      where p.coach_id = ${coachId} and p.entitlement_id = ${id}`);
    return minor;
  }

  /** Names of the invariants about packages (39, 46 to 49, 98, 100 to 104) and the ledger (28 to 33) that do not hold. */
  async brokenInvariants(): Promise<string[]> {
    const broken: string[] = [];
    for (const { name, statement } of invariants().filter((each) =>
      /^(28|29|3[0-3]|39|4[6-9]|98|10[0-4])-/.test(each.name),
    )) {
      if ((await this.database.many(sql`${sql.raw(statement)}`)).length > 0) broken.push(name);
    }
    return broken;
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
