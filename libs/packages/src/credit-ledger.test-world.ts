import { addLocalDays, allocateEqually, newId } from '@app/common';
import { sql } from '@app/database';
import { EntitlementQueries } from '@app/reporting';
import { Random } from '../../../test/support/random';
import { creditCounts, type CreditTally } from './domain/credits';
import { EntitlementRefunds } from './entitlement-refunds.service';
import { PackagesWorld, type PackagePractice } from './packages.test-world';
import { compare, inOrder, ought, price, worth, type Drawn, type Model } from './credit-model.test-world';
import { CreditsOutOfRange, EntitlementNotOpen, NoCreditLeft } from './packages.errors';

/** Acts on the real ledger and on the model, one after the other, and compares them. */
export class Comparison {
  today = '2027-01-04';
  readonly models: Model[] = [];
  readonly drawn: Drawn[] = [];

  constructor(
    readonly world: PackagesWorld,
    readonly practice: PackagePractice,
    readonly random: Random,
  ) {}

  act(): Promise<void> {
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
      refund: 0.3,
    };
    switch (this.random.weighted(acts)) {
      case 'draw':
        return this.draw();
      case 'clientCancels':
        return this.giveBack('client');
      case 'coachCancels':
        return this.giveBack('coach');
      case 'forfeit':
        return this.forfeit();
      case 'complete':
        return this.complete();
      case 'adjust':
        return this.adjust();
      case 'extend':
        return this.extend();
      case 'sleep':
        return this.sleep();
      case 'refund':
        return this.refund();
      case 'buy':
        return this.models.length < 20 ? this.buy() : Promise.resolve();
    }
  }

  async buy(): Promise<void> {
    const sessionCount = 1 + this.random.below(10);
    const validityDays = 5 + this.random.below(60);
    const priceMinor = 50 + this.random.below(50_000);
    const { id } = await this.world.bought(this.practice, { sessionCount, validityDays, priceMinor });
    const expiresOn = addLocalDays(this.today, validityDays);
    this.models.push({
      id,
      expiresOn,
      state: 'active',
      remaining: sessionCount,
      total: sessionCount,
      expired: 0,
      refunded: 0,
      shares: allocateEqually(priceMinor, sessionCount),
      fees: allocateEqually(Math.floor((priceMinor + 5) / 10), sessionCount),
      free: Array.from({ length: sessionCount }, (_, index) => index + 1),
      taken: [],
      lapsed: [],
      givenBack: [],
      backMinor: 0,
    });
  }

  async draw(): Promise<void> {
    const sessionId = newId();
    const expected = this.models
      .filter((model) => model.state === 'active' && model.remaining > 0)
      .toSorted((a, b) => compare(a.expiresOn, b.expiresOn) || compare(a.id, b.id))[0];
    const drawing = this.world.draw(this.practice, sessionId);
    if (expected === undefined) return expect(drawing).rejects.toThrow(NoCreditLeft);
    expect(await drawing).toMatchObject({ entitlementId: expected.id, remaining: expected.remaining - 1 });
    expected.remaining -= 1;
    this.drawn.push({ sessionId, of: expected, state: 'open', place: expected.free.shift() });
  }

  async giveBack(by: 'client' | 'coach'): Promise<void> {
    const credit = this.takeOpen();
    if (credit === undefined) return;
    await this.world.restore(this.practice, credit.sessionId, by);
    this.drawn.splice(this.drawn.indexOf(credit), 1);
    const { of } = credit;
    const places = credit.place === undefined ? [] : [credit.place];
    if (of.state === 'refunded' && (of.expiresOn >= this.today || by === 'coach')) {
      of.refunded += 1;
      of.givenBack.push(...places);
      of.backMinor += Math.min(worth(of, places), price(of) - of.backMinor);
    } else if (of.state === 'active') {
      of.remaining += 1;
      of.free = inOrder(of.free, places);
    } else if (by === 'client') {
      of.expired += 1;
      of.lapsed.push(...places);
    } else {
      const expiresOn = addLocalDays(this.today, 30);
      Object.assign(of, { state: 'active', remaining: 1, free: places, expiresOn });
    }
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
    const status = this.random.pick(['completed', 'no_show'] as const);
    await this.world.addSession(this.practice, credit.sessionId, credit.of.id, status);
    credit.state = 'over';
  }

  async adjust(): Promise<void> {
    const model = this.random.pick(this.models);
    const credits = this.random.pick([-3, -2, -1, 1, 2]);
    const acting = this.world.entitlements.adjust(this.practice.coach, model.id, {
      credits,
      reason: 'random',
    });
    if (model.state !== 'active') return expect(acting).rejects.toThrow(EntitlementNotOpen);
    if (model.remaining + credits < 0) return expect(acting).rejects.toThrow(CreditsOutOfRange);
    await acting;
    model.remaining += credits;
    model.total += credits;
    if (credits < 0) model.taken = inOrder(model.taken, model.free.splice(model.remaining));
    else model.free = inOrder(model.free, model.taken.splice(0, credits));
  }

  async refund(): Promise<void> {
    const model = this.random.pick(this.models);
    if (model.state === 'refunded') return;
    const refund = this.random.pick(['remaining', 'full', 'none'] as const);
    const { coach } = this.practice;
    const refunds = this.world.module.get(EntitlementRefunds);
    const { id: quoteId } = await refunds.quote(coach, model.id, { refund });
    await refunds.refund(coach, model.id, { quoteId, reason: 'random' });
    const left = price(model) - model.backMinor;
    if (refund !== 'none')
      model.backMinor += refund === 'full' ? left : Math.min(left, worth(model, model.free));
    model.givenBack.push(...model.free);
    model.refunded += model.remaining;
    Object.assign(model, { state: 'refunded', remaining: 0, free: [] });
  }

  async extend(): Promise<void> {
    const model = this.random.pick(this.models);
    const latest = model.expiresOn > this.today ? model.expiresOn : this.today;
    const expiresOn = addLocalDays(latest, 1 + this.random.below(20));
    const acting = this.world.entitlements.extend(this.practice.coach, model.id, {
      expiresOn,
      reason: 'random',
    });
    if (model.state === 'refunded') return expect(acting).rejects.toThrow(EntitlementNotOpen);
    await acting;
    Object.assign(model, {
      expiresOn,
      state: 'active',
      remaining: model.remaining + model.expired,
      expired: 0,
      free: inOrder(model.free, model.lapsed),
      lapsed: [],
    });
  }

  async sleep(): Promise<void> {
    this.today = addLocalDays(this.today, 1 + this.random.below(6));
    await this.world.setTime(`${this.today}T11:00:00Z`);
    await this.world.sweeps.expireDue(1_000);
    for (const model of this.models.filter(
      (each) => each.state === 'active' && each.expiresOn < this.today,
    )) {
      model.lapsed.push(...model.free);
      Object.assign(model, {
        state: 'expired',
        remaining: 0,
        free: [],
        expired: model.expired + model.remaining,
      });
    }
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
        refunded: model.refunded,
        expiresOn: model.expiresOn,
        status: model.state,
      });
      const { used, remaining, expired, refunded, total } = counts;
      expect(used + counts.reserved + remaining + expired + refunded).toBe(total);
      expect(await this.world.get({ coachId: this.practice.coachId, id: model.id })).toMatchObject({
        remaining,
      });
    }
    await this.checkRevenue();
  }

  /** Each session has the place that it ought to have, and the books have earned what was delivered, expired or given up. */
  private async checkRevenue(): Promise<void> {
    for (const { id } of this.models) await this.world.settleRefunds({ ...this.practice, id });
    await this.world.bookRevenue();
    const rows = await this.world.database.many(sql<{
      sessionId: string;
      place: number | null;
      gross: number | null;
    }>`
      select t.session_id as "sessionId", t.places[1] as place, v.gross_minor as gross from credit_entries t
      left join package_session_revenues v on v.coach_id = t.coach_id and v.entry_id = t.id
      where t.coach_id = ${this.practice.coachId} and t.kind = 'debit' and not exists (select from credit_entries r
        where r.coach_id = t.coach_id and r.session_id = t.session_id and r.turn = t.turn and r.kind = 'restore')`);
    const found = new Map(rows.map(({ sessionId, place, gross }) => [sessionId, { place, gross }]));
    expect(found.size).toBe(this.drawn.length);
    for (const { sessionId, of, state, place } of this.drawn) {
      const isEarned = state !== 'open' && place !== undefined;
      expect(found.get(sessionId)).toEqual({
        place: place ?? null,
        gross: isEarned ? worth(of, [place]) : null,
      });
    }
    for (const model of this.models) {
      const { earned, deferred } = ought(model, this.drawn);
      const entitlement = { ...this.practice, id: model.id };
      expect(await this.world.credited(entitlement, 'coach')).toBe(earned);
      expect(await this.world.credited(entitlement, 'deferred_packages')).toBe(deferred);
    }
  }

  private takeOpen(): Drawn | undefined {
    const open = this.drawn.filter(({ state }) => state === 'open');
    return open.length === 0 ? undefined : this.random.pick(open);
  }
}
