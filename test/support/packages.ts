import type { TestApp } from './test-app';
import type { ClientWorld, CoachWorld, Person, SessionSummary, World } from './world';

export interface Money {
  amount: number;
  currency: string;
}

export interface PackageAnswer {
  id: string;
  name: string;
  price: Money;
  version: number;
  [field: string]: unknown;
}

export interface EntitlementAnswer {
  id: string;
  status: string;
  packageName: string;
  total: number;
  used: number;
  reserved: number;
  remaining: number;
  expired: number;
  refunded: number;
  purchasedOn: string | null;
  expiresOn: string | null;
  isExpiringSoon: boolean;
  payment: { id: string; status: string; paid: Money; clientSecret?: string | null };
  version: number;
  [field: string]: unknown;
}

export interface EntriesAnswer {
  data: { kind: string; amount: number; balance: number; cause: string; actor: string }[];
  nextCursor: string | null;
}

/** A coach of Berlin who sells packages, and one client. */
export class PackageSale {
  private constructor(
    readonly app: TestApp,
    readonly world: World,
    readonly coach: CoachWorld,
    readonly client: ClientWorld,
    readonly offering: { id: string; policyId: string },
  ) {}

  static async make(
    world: World,
    fundingOptions = ['card', 'package'],
    price: Money = { amount: 9_000, currency: 'EUR' },
  ): Promise<PackageSale> {
    const coach = await world.coach({ payouts: true, timezone: 'Europe/Berlin', currency: price.currency });
    const client = await world.client(coach);
    const offering = await world.offering(coach, { fundingOptions, price });
    world.app.sandbox.mailbox.clear();
    return new PackageSale(world.app, world, coach, client, offering);
  }

  async sold(overrides: Record<string, unknown> = {}): Promise<PackageAnswer> {
    const made = await this.coach.http.post<PackageAnswer>('/v1/packages', {
      name: 'Five sessions',
      sessionCount: 5,
      price: { amount: 40_000, currency: 'EUR' },
      offeringIds: [this.offering.id],
      validityDays: 30,
      ...overrides,
    });
    if (made.status !== 201) throw new Error(`Not made: ${made.status} ${JSON.stringify(made.body)}`);
    return made.body;
  }

  async purchase(packageId: string): Promise<EntitlementAnswer> {
    const answer = await this.client.http.post<EntitlementAnswer>(`/v1/packages/${packageId}/purchases`);
    if (answer.status !== 201) throw new Error(`Not bought: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async bought(overrides: Record<string, unknown> = {}): Promise<EntitlementAnswer> {
    const entitlement = await this.purchase((await this.sold(overrides)).id);
    await this.pay(entitlement);
    return this.read(this.client, entitlement.id);
  }

  pay(entitlement: EntitlementAnswer, card?: string): Promise<void> {
    return this.world.pay(entitlement as unknown as SessionSummary, card);
  }

  async read(person: Person, id: string): Promise<EntitlementAnswer> {
    const answer = await person.http.get<EntitlementAnswer>(`/v1/entitlements/${id}`);
    expect(answer.status).toBe(200);
    return answer.body;
  }

  async entries(id: string): Promise<EntriesAnswer['data']> {
    return (await this.coach.http.get<EntriesAnswer>(`/v1/entitlements/${id}/entries`)).body.data;
  }

  /** Subjects of the mails that say until when credits are good. */
  notices(): string[] {
    return this.app.sandbox.mailbox
      .to(this.client.email)
      .map(({ subject }) => subject)
      .filter((subject) => subject.includes('left of'));
  }
}
