import { addLocalDays, newId } from '@app/common';
import { sql } from '@app/database';
import { EntitlementQueries } from '@app/reporting';
import { Random } from '../../../test/support/random';
import { creditCounts, type CreditTally } from './domain/credits';
import { PackagesWorld, type PackagePractice } from './packages.test-world';
import { CreditsOutOfRange, EntitlementNotOpen, NoCreditLeft } from './packages.errors';

const ACTS = Number(process.env['CREDIT_ACTS'] ?? 2_000);
const SEED = Number(process.env['CREDIT_SEED'] ?? Math.floor(Math.random() * 1_000_000));
const CHECK_EVERY = 50;

/** One entitlement as the rules of domain.md 11 have it, kept in plain numbers. */
interface Model {
  id: string;
  expiresOn: string;
  isActive: boolean;
  remaining: number;
  total: number;
  expired: number;
}

interface Drawn {
  sessionId: string;
  of: Model;
  state: 'open' | 'final' | 'over';
}

/** Acts on the real ledger and on the model, one after the other, and compares them. */
class Comparison {
  today = '2027-01-04';
  readonly models: Model[] = [];
  readonly drawn: Drawn[] = [];

  constructor(
    readonly world: PackagesWorld,
    readonly practice: PackagePractice,
    readonly random: Random,
  ) {}

  async buy(): Promise<void> {
    const sessionCount = 1 + this.random.below(10);
    const validityDays = 5 + this.random.below(60);
    const { id } = await this.world.bought(this.practice, { sessionCount, validityDays });
    const expiresOn = addLocalDays(this.today, validityDays);
    this.models.push({
      id,
      expiresOn,
      isActive: true,
      remaining: sessionCount,
      total: sessionCount,
      expired: 0,
    });
  }

  async draw(): Promise<void> {
    const sessionId = newId();
    const expected = this.models
      .filter((model) => model.isActive && model.remaining > 0)
      .toSorted((a, b) => compare(a.expiresOn, b.expiresOn) || compare(a.id, b.id))[0];
    const drawing = this.world.draw(this.practice, sessionId);
    if (expected === undefined) return expect(drawing).rejects.toThrow(NoCreditLeft);
    expect(await drawing).toMatchObject({ entitlementId: expected.id, remaining: expected.remaining - 1 });
    expected.remaining -= 1;
    this.drawn.push({ sessionId, of: expected, state: 'open' });
  }

  async giveBack(by: 'client' | 'coach'): Promise<void> {
    const credit = this.takeOpen();
    if (credit === undefined) return;
    await this.world.restore(this.practice, credit.sessionId, by);
    this.drawn.splice(this.drawn.indexOf(credit), 1);
    const { of } = credit;
    if (of.isActive) of.remaining += 1;
    else if (by === 'client') of.expired += 1;
    else Object.assign(of, { isActive: true, remaining: 1, expiresOn: addLocalDays(this.today, 30) });
  }

  async forfeit(): Promise<void> {
    const credit = this.takeOpen();
    if (credit === undefined) return;
    await this.world.forfeit(this.practice, credit.sessionId);
    credit.state = 'final';
  }

  /** The session takes place: its row is all that the ledger's reader looks at. */
  async complete(): Promise<void> {
    const credit = this.takeOpen();
    if (credit === undefined) return;
    const { coachId, clientId, offeringId } = this.practice;
    await this.world.database.transaction(async () => {
      await this.world.database.execute(sql`set local session_replication_role = replica`);
      await this.world.database.execute(sql`
        insert into sessions (coach_id, id, client_id, offering_id, status, starts_at, ends_at, local_start, timezone,
          before_minutes, after_minutes, offering_name, funding, price_minor, currency, policy_id, policy_rules, client_sort_name,
          payment_status, booked_at, booked_by, updated_at)
        values (${coachId}::uuid, ${credit.sessionId}::uuid, ${clientId}::uuid, ${offeringId}::uuid, 'completed', app_now(),
          app_now() + interval '1 hour', '2027-01-01T10:00:00', 'Europe/Berlin', 0, 0, 'Session', 'package', 9000, 'EUR',
          ${newId()}::uuid, '{}'::jsonb, 'client', 'covered_by_package', app_now(), 'client', app_now())`);
    });
    credit.state = 'over';
  }

  async adjust(): Promise<void> {
    const model = this.random.pick(this.models);
    const credits = this.random.pick([-3, -2, -1, 1, 2]);
    const acting = this.world.entitlements.adjust(this.practice.coach, model.id, {
      credits,
      reason: 'random',
    });
    if (!model.isActive) return expect(acting).rejects.toThrow(EntitlementNotOpen);
    if (model.remaining + credits < 0) return expect(acting).rejects.toThrow(CreditsOutOfRange);
    await acting;
    model.remaining += credits;
    model.total += credits;
  }

  async extend(): Promise<void> {
    const model = this.random.pick(this.models);
    const latest = model.expiresOn > this.today ? model.expiresOn : this.today;
    const expiresOn = addLocalDays(latest, 1 + this.random.below(20));
    await this.world.entitlements.extend(this.practice.coach, model.id, { expiresOn, reason: 'random' });
    Object.assign(model, {
      expiresOn,
      isActive: true,
      remaining: model.remaining + model.expired,
      expired: 0,
    });
  }

  async sleep(): Promise<void> {
    this.today = addLocalDays(this.today, 1 + this.random.below(6));
    await this.world.setTime(`${this.today}T11:00:00Z`);
    await this.world.sweeps.expireDue(1_000);
    for (const model of this.models.filter((each) => each.isActive && each.expiresOn < this.today))
      Object.assign(model, { isActive: false, remaining: 0, expired: model.expired + model.remaining });
  }

  /** Row, ledger and model say the same, and each credit is in one place. */
  async check(): Promise<void> {
    const rows = await new EntitlementQueries(this.world.database).list(
      this.practice.coach,
      {},
      { limit: this.models.length },
    );
    expect(rows).toHaveLength(this.models.length);
    for (const model of this.models) {
      const row = rows.find(({ id }) => id === model.id);
      const mine = this.drawn.filter(({ of }) => of === model);
      const reserved = mine.filter(({ state }) => state === 'open').length;
      const counts = creditCounts(row as CreditTally);
      expect({ ...counts, expiresOn: row?.expiresOn, status: row?.status }).toEqual({
        total: model.total,
        used: mine.length - reserved,
        reserved,
        remaining: model.remaining,
        expired: model.expired,
        refunded: 0,
        expiresOn: model.expiresOn,
        status: model.isActive ? 'active' : 'expired',
      });
      const { used, remaining, expired, refunded, total } = counts;
      expect(used + counts.reserved + remaining + expired + refunded).toBe(total);
      expect(await this.world.get({ coachId: this.practice.coachId, id: model.id })).toMatchObject({
        remaining,
      });
    }
    expect(await this.world.brokenInvariants()).toEqual([]);
  }

  private takeOpen(): Drawn | undefined {
    const open = this.drawn.filter(({ state }) => state === 'open');
    return open.length === 0 ? undefined : this.random.pick(open);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

describe('the ledger of credits', () => {
  let world: PackagesWorld;

  beforeAll(async () => {
    world = await PackagesWorld.start();
  });
  afterAll(() => world.close());

  it(
    `A120 holds what a model of it holds, through ${ACTS} random acts (CREDIT_SEED=${SEED})`,
    async () => {
      await world.setTime('2027-01-04T11:00:00Z');
      const run = new Comparison(world, await world.practice(), new Random(SEED));
      await run.buy();
      const acts = {
        draw: 30,
        clientCancels: 8,
        coachCancels: 4,
        forfeit: 4,
        complete: 6,
        adjust: 8,
        extend: 3,
        sleep: 3,
        buy: 2,
      };
      for (let act = 1; act <= ACTS; act += 1) {
        switch (run.random.weighted(acts)) {
          case 'draw':
            await run.draw();
            break;
          case 'clientCancels':
            await run.giveBack('client');
            break;
          case 'coachCancels':
            await run.giveBack('coach');
            break;
          case 'forfeit':
            await run.forfeit();
            break;
          case 'complete':
            await run.complete();
            break;
          case 'adjust':
            await run.adjust();
            break;
          case 'extend':
            await run.extend();
            break;
          case 'sleep':
            await run.sleep();
            break;
          case 'buy':
            if (run.models.length < 20) await run.buy();
        }
        if (act % CHECK_EVERY === 0) await run.check();
      }
      await run.check();
      expect(run.drawn.length).toBeGreaterThan(ACTS / 20);
    },
    60_000 + ACTS * 40,
  );
});
