import { buildClient, buildCoach } from '@app/accounts/testing';
import { CoachSettings } from '@app/accounts';
import { Conflict, DomainError, NotFound, PreconditionFailed } from '@app/common';
import type { OfferingFields, OfferingRecord } from './offering-record';
import { Offerings, type NewOffering } from './offerings.service';
import { principal, startOfferings, type OfferingsUnderTest } from './offerings.test-module';
import { Policies } from './policies.service';

let app: OfferingsUnderTest;
let offerings: Offerings;
let coachId: string;

beforeAll(async () => {
  app = await startOfferings();
  offerings = app.module.get(Offerings);
});
afterAll(() => app.close());
beforeEach(async () => {
  coachId = await buildCoach(app.database);
});

const coach = (): { kind: 'coach'; accountId: string } => ({ kind: 'coach', accountId: coachId });
const base: NewOffering = {
  name: 'Coaching session',
  durationMinutes: 60,
  priceMinor: 9_000,
  currency: 'EUR',
  fundingOptions: ['card'],
};

function create(changes: Partial<OfferingFields> = {}): Promise<OfferingRecord> {
  return offerings.create(coachId, { ...base, ...changes }, coach());
}

function patch(
  id: string,
  changes: Partial<OfferingFields>,
  expectedVersion?: number,
): Promise<OfferingRecord> {
  return offerings.patch(coachId, id, changes, coach(), expectedVersion);
}

async function faultOf(attempt: Promise<unknown>): Promise<[string, string[]]> {
  const error: unknown = await attempt.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!(error instanceof DomainError)) throw new Error(`expected a refusal, got ${String(error)}`);
  return [error.code, error.errors.map(({ pointer }) => pointer)];
}

describe('Offerings', () => {
  it('keeps every field, audited', async () => {
    const { id: policyId } = await app.module.get(Policies).create(
      coachId,
      {
        name: 'Terms',
        rules: {
          tiers: [],
          freeRescheduleHours: 0,
          noShowChargePercent: 0,
          returnCreditOnLateCancel: false,
        },
      },
      coach(),
    );
    const fields: OfferingFields = {
      name: 'Deep dive',
      description: 'Two hours on one topic',
      durationMinutes: 120,
      priceMinor: 15_000,
      currency: 'EUR',
      fundingOptions: ['card', 'package', 'pay_later'],
      bufferBeforeMinutes: 0,
      bufferAfterMinutes: 15,
      prepMinutes: 30,
      platform: 'google_meet',
      breakoutRooms: true,
      policyId,
      chargeTiming: 'before_start',
      chargeHoursBefore: 12,
    };
    const offering = await offerings.create(coachId, fields, coach());
    expect(offering).toMatchObject({ ...fields, coachId, version: 1, archivedAt: null });
    await expect(offerings.byId(coachId, offering.id)).resolves.toEqual(offering);
    expect(await app.acts('offering', offering.id)).toMatchObject([
      { action: 'offering.create', version: 1, after: fields },
    ]);
  });

  it('rounds a price half up to what can be charged before it is stored', async () => {
    coachId = await buildCoach(app.database, { currency: 'KWD' });
    await expect(create({ priceMinor: 12_345, currency: 'KWD' })).resolves.toMatchObject({
      priceMinor: 12_350,
    });
  });

  it.each<[string, Partial<OfferingFields>, string, string]>([
    [
      "a currency that is not the coach's",
      { currency: 'USD' },
      'offerings.currency_differs',
      '/price/currency',
    ],
    ['a price below the minimum', { priceMinor: 49 }, 'offerings.price_below_minimum', '/price/amount'],
    ['free with a price', { fundingOptions: ['free'] }, 'offerings.free_and_priced', '/fundingOptions'],
    ['a price of 0 that is not free', { priceMinor: 0 }, 'offerings.free_and_priced', '/fundingOptions'],
    [
      'a policy of nobody',
      { policyId: '0190a1b2-0000-7000-8000-000000000001' },
      'offerings.policy_unknown',
      '/policyId',
    ],
    ['a blank name', { name: ' \t' }, 'offerings.name_invalid', '/name'],
  ])('refuses %s, when made and when changed', async (_, changes, code, pointer) => {
    await expect(faultOf(create(changes))).resolves.toEqual([code, [pointer]]);
    const offering = await create();
    await expect(faultOf(patch(offering.id, changes))).resolves.toEqual([code, [pointer]]);
    await expect(offerings.byId(coachId, offering.id)).resolves.toEqual(offering);
  });

  it('changes what is given and no more, by version', async () => {
    const offering = await create({ prepMinutes: 10 });
    const changed = await patch(offering.id, { name: 'Renamed', prepMinutes: null }, 1);
    expect(changed).toMatchObject({ name: 'Renamed', prepMinutes: null, priceMinor: 9_000, version: 2 });
    await expect(patch(offering.id, { name: 'Late' }, 1)).rejects.toThrow(PreconditionFailed);
    await expect(patch(offering.id, { name: 'Renamed' }, 2)).resolves.toMatchObject({ version: 2 });
    await expect(patch(offering.id, { priceMinor: 0, fundingOptions: ['free'] })).resolves.toMatchObject({
      priceMinor: 0,
    });
    const acts = await app.acts('offering', offering.id);
    expect(acts.map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(acts[1]).toMatchObject({
      action: 'offering.update',
      before: { name: 'Coaching session', prepMinutes: 10 },
      after: { name: 'Renamed', prepMinutes: null },
    });
  });

  it('is archived, never deleted: no longer sold, still named', async () => {
    const client = principal('client', (await buildClient(app.database, coachId)).accountId ?? '');
    const offering = await create();
    await expect(offerings.bookable(client, offering.id)).resolves.toMatchObject({
      offering: { id: offering.id },
    });
    await expect(offerings.archive(coachId, offering.id, coach(), 7)).rejects.toThrow(PreconditionFailed);
    await offerings.archive(coachId, offering.id, coach(), 1);
    await offerings.archive(coachId, offering.id, coach());
    expect((await app.acts('offering', offering.id)).map(({ action }) => action)).toEqual([
      'offering.create',
      'offering.archive',
    ]);

    await expect(offerings.byId(coachId, offering.id)).resolves.toMatchObject({ version: 2 });
    await expect(offerings.bookable(client, offering.id)).rejects.toThrow(Conflict);
    await expect(offerings.sold(client, offering.id)).rejects.toThrow(Conflict);
    await expect(patch(offering.id, { name: 'Again' })).rejects.toThrow(Conflict);
    await expect(offerings.find(client, offering.id)).rejects.toThrow(NotFound);
    await expect(offerings.list(client, { limit: 10 })).resolves.toEqual([]);
    const own = principal('coach', coachId);
    await expect(offerings.find(own, offering.id)).resolves.toMatchObject({ id: offering.id });
    await expect(offerings.list(own, { limit: 10 })).resolves.toEqual([]);
    await expect(offerings.list(own, { limit: 10, includeArchived: true })).resolves.toHaveLength(1);
  });

  it('is found by its coach, the clients of the coach and admins, page by page', async () => {
    const other = await buildCoach(app.database);
    const client = await buildClient(app.database, coachId);
    const foreign = await offerings.create(other, base, { kind: 'coach', accountId: other });
    const mine = [await create({ name: 'A' }), await create({ name: 'B' }), await create({ name: 'C' })];
    const reader = principal('client', client.accountId ?? '');
    const ids = async (after?: string): Promise<string[]> =>
      (await offerings.list(reader, { limit: 1, ...(after === undefined ? {} : { after }) })).map(
        ({ id }) => id,
      );
    expect(await ids()).toEqual([mine[0]?.id, mine[1]?.id]);
    expect(await ids(mine[1]?.id)).toEqual([mine[2]?.id]);
    await expect(offerings.list(reader, { limit: 10, coachId: other })).resolves.toEqual([]);
    for (const person of [reader, principal('coach', coachId)]) {
      await expect(offerings.find(person, foreign.id)).rejects.toThrow(NotFound);
      await expect(offerings.bookable(person, foreign.id)).rejects.toThrow(NotFound);
      await expect(offerings.sold(person, foreign.id)).rejects.toThrow(NotFound);
    }
    await expect(offerings.byId(coachId, foreign.id)).rejects.toThrow(NotFound);
    await expect(patch(foreign.id, { name: 'Mine' })).rejects.toThrow(NotFound);
    await expect(offerings.archive(coachId, foreign.id, coach())).rejects.toThrow(NotFound);
    await expect(
      offerings.find(principal('admin', client.accountId ?? ''), foreign.id),
    ).resolves.toMatchObject({ id: foreign.id });
  });

  it('is not sold at a price in a currency that the coach has left', async () => {
    const priced = await create();
    const free = await create({ priceMinor: 0, fundingOptions: ['free'] });
    const settings = app.module.get(CoachSettings);
    await settings.patch({
      coachId,
      wanted: { currency: 'CHF' },
      actor: coach(),
      wasAnythingSold: () => Promise.resolve(false),
    });
    const reader = principal('coach', coachId);
    await expect(faultOf(offerings.bookable(reader, priced.id))).resolves.toEqual([
      'offerings.price_outdated',
      [],
    ]);
    await expect(offerings.bookable(reader, free.id)).resolves.toMatchObject({ offering: { id: free.id } });
    await patch(priced.id, { priceMinor: 8_500, currency: 'CHF' });
    await expect(offerings.bookable(reader, priced.id)).resolves.toMatchObject({
      offering: { currency: 'CHF' },
    });
  });

  it('says what a session takes of the time, with the buffers of the coach where it has none of its own', async () => {
    const settings = app.module.get(CoachSettings);
    const wanted = { bufferBeforeMinutes: 5, bufferAfterMinutes: 10, prepMinutes: 15 };
    await settings.patch({ coachId, wanted, actor: coach(), wasAnythingSold: () => Promise.resolve(true) });
    const offering = await create({ bufferAfterMinutes: 0 });
    const sold = { offering, minutes: { durationMinutes: 60, beforeMinutes: 20, afterMinutes: 0 } };
    await expect(offerings.bookable(principal('coach', coachId), offering.id)).resolves.toMatchObject({
      ...sold,
      settings: await settings.get(coachId),
      terms: null,
    });
    await expect(offerings.sold(principal('coach', coachId), offering.id)).resolves.toMatchObject(sold);
  });

  it('survives new policy versions and changes of its own at once', async () => {
    const policies = app.module.get(Policies);
    const rules = {
      tiers: [],
      freeRescheduleHours: 0,
      noShowChargePercent: 0,
      returnCreditOnLateCancel: false,
    };
    const policy = await policies.create(coachId, { name: 'Terms', rules }, coach());
    const offering = await create({ policyId: policy.id });
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        index % 2 === 0
          ? policies.create(coachId, { name: 'Terms', rules, replacesPolicyId: policy.id }, coach())
          : patch(offering.id, { description: `change ${index}` }),
      ),
    );
    const [latest] = await policies.list(principal('coach', coachId), { limit: 1 });
    await expect(offerings.byId(coachId, offering.id)).resolves.toMatchObject({
      policyId: latest?.id,
      version: 11,
    });
  });
});
