import { CoachSettings } from '@app/accounts';
import { buildClient, buildCoach } from '@app/accounts/testing';
import { NotFound, RuleViolation } from '@app/common';
import { sql } from '@app/database';
import { DEFAULT_PRESET, POLICY_PRESETS } from './domain/policy-presets';
import { Offerings } from './offerings.service';
import { principal, startOfferings, type OfferingsUnderTest } from './offerings.test-module';
import { Policies, type PolicyRecord } from './policies.service';

let app: OfferingsUnderTest;
let policies: Policies;
let offerings: Offerings;
let settings: CoachSettings;
let coachId: string;

beforeAll(async () => {
  app = await startOfferings();
  policies = app.module.get(Policies);
  offerings = app.module.get(Offerings);
  settings = app.module.get(CoachSettings);
});
afterAll(() => app.close());
beforeEach(async () => {
  coachId = await buildCoach(app.database);
});

const coach = (): { kind: 'coach'; accountId: string } => ({ kind: 'coach', accountId: coachId });
const [twoDays, oneDay, tiered] = POLICY_PRESETS.map(({ rules }) => rules);

function create(
  name: string,
  rules: unknown,
  more: { replacesPolicyId?: string; useAsDefault?: boolean } = {},
): Promise<PolicyRecord> {
  return policies.create(coachId, { name, rules, ...more }, coach());
}

describe('Policies', () => {
  it('A88 keeps every version: a change is a new row, and no row ever changes', async () => {
    const first = await create('Terms', oneDay);
    const second = await create('Terms, stricter', twoDays, { replacesPolicyId: first.id });
    const third = await create('Terms, tiered', tiered, { replacesPolicyId: first.id });
    expect([first, second, third].map(({ lineVersion }) => lineVersion)).toEqual([1, 2, 3]);
    expect(new Set([first, second, third].map(({ lineId }) => lineId)).size).toBe(1);

    await expect(policies.byId(coachId, first.id)).resolves.toMatchObject({ name: 'Terms', rules: oneDay });
    await expect(policies.list(principal('coach', coachId), { limit: 10 })).resolves.toEqual([third]);
    for (const statement of [
      sql`update policies set name = 'other' where id = ${first.id}`,
      sql`delete from policies where id = ${first.id}`,
    ]) {
      await expect(app.database.execute(statement)).rejects.toThrow('append-only');
    }
    const acts = await app.acts('policy', second.id);
    expect(acts).toEqual([
      {
        action: 'policy.create',
        version: 2,
        before: null,
        after: { name: 'Terms, stricter', lineId: first.lineId, rules: twoDays },
      },
    ]);
  });

  it('A88 moves offerings and the default along to the new version, and leaves other lines alone', async () => {
    const terms = await create('Terms', oneDay, { useAsDefault: true });
    const others = await create('Others', twoDays);
    const base = {
      durationMinutes: 60,
      priceMinor: 9_000,
      currency: 'EUR',
      fundingOptions: ['card' as const],
    };
    const bound = await offerings.create(coachId, { ...base, name: 'Bound', policyId: terms.id }, coach());
    const free = await offerings.create(coachId, { ...base, name: 'Free', policyId: others.id }, coach());
    const plain = await offerings.create(coachId, { ...base, name: 'Plain' }, coach());

    const next = await create('Terms', tiered, { replacesPolicyId: terms.id });
    await expect(offerings.byId(coachId, bound.id)).resolves.toMatchObject({ policyId: next.id, version: 2 });
    await expect(offerings.byId(coachId, free.id)).resolves.toMatchObject({
      policyId: others.id,
      version: 1,
    });
    await expect(policies.appliesTo(plain)).resolves.toBe(next.id);
    await expect(settings.get(coachId)).resolves.toMatchObject({ defaultPolicyId: next.id, version: 3 });
    expect((await app.acts('offering', bound.id)).at(-1)).toMatchObject({
      action: 'offering.update',
      version: 2,
      before: { policyId: terms.id },
      after: { policyId: next.id },
    });
  });

  it('numbers versions without a gap when several are made at once', async () => {
    const first = await create('Terms', oneDay);
    await Promise.all(
      Array.from({ length: 8 }, () => create('Terms', twoDays, { replacesPolicyId: first.id })),
    );
    const rows = await app.database.many(sql<{ version: number }>`
      select line_version as version from policies where line_id = ${first.lineId} order by line_version`);
    expect(rows.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('gives a coach the 24-hour terms once, however often and at once it is asked', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => policies.ensureDefault(coachId)));
    expect(new Set(ids).size).toBe(1);
    const all = await policies.list(principal('coach', coachId), { limit: 10 });
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ id: ids[0], name: DEFAULT_PRESET.name, rules: DEFAULT_PRESET.rules });
    await expect(policies.appliesTo({ coachId, policyId: null })).resolves.toBe(ids[0]);
    await expect(settings.get(coachId)).resolves.toMatchObject({ defaultPolicyId: ids[0] });
  });

  it('lists the newest of each line page by page, and tells which terms apply to offerings', async () => {
    const terms = await create('Terms', oneDay, { useAsDefault: true });
    const others = await create('Others', twoDays);
    const newest = await create('Terms', tiered, { replacesPolicyId: terms.id });
    const reader = principal('coach', coachId);
    await expect(policies.list(reader, { limit: 1 })).resolves.toEqual([newest, others]);
    await expect(policies.list(reader, { limit: 1, afterLine: terms.lineId })).resolves.toEqual([others]);
    const applying = await policies.termsOf([
      { coachId, policyId: null },
      { coachId, policyId: others.id },
      { coachId, policyId: null },
      { coachId, policyId: terms.id },
    ]);
    expect(applying).toEqual([newest, others, newest, terms]);
    await expect(policies.termsOf([])).resolves.toEqual([]);
  });

  it('refuses rules that contradict themselves, a nameless policy, and a line of somebody else', async () => {
    const stranger = await buildCoach(app.database);
    const foreign = await policies.create(
      stranger,
      { name: 'Foreign', rules: oneDay },
      { kind: 'coach', accountId: stranger },
    );
    await expect(
      create('Bad', { ...oneDay, tiers: [{ noticeHours: -1, refundPercent: 0 }] }),
    ).rejects.toThrow(RuleViolation);
    await expect(create(' \n ', oneDay)).rejects.toMatchObject({ code: 'offerings.name_invalid' });
    await expect(create('Bad', oneDay, { replacesPolicyId: foreign.id })).rejects.toThrow(NotFound);
    await expect(policies.list(principal('coach', coachId), { limit: 10 })).resolves.toEqual([]);
  });

  it('A89 lets clients of the coach read any version, and nobody else', async () => {
    const client = await buildClient(app.database, coachId);
    const elsewhere = await buildClient(app.database, await buildCoach(app.database));
    const first = await create('Terms', oneDay);
    const second = await create('Terms', twoDays, { replacesPolicyId: first.id });
    const reader = principal('client', client.accountId ?? '');
    await expect(policies.find(reader, first.id)).resolves.toMatchObject({ id: first.id });
    await expect(policies.list(reader, { limit: 10 })).resolves.toMatchObject([{ id: second.id }]);
    await expect(policies.find(principal('admin', coachId), first.id)).resolves.toMatchObject({
      id: first.id,
    });
    const stranger = principal('client', elsewhere.accountId ?? '');
    await expect(policies.find(stranger, first.id)).rejects.toThrow(NotFound);
    await expect(policies.list(stranger, { limit: 10, coachId })).resolves.toEqual([]);
    await expect(policies.find(principal('coach', elsewhere.accountId ?? ''), first.id)).rejects.toThrow(
      NotFound,
    );

    await app.database.execute(sql`update clients set removed_at = app_now() where id = ${client.id}`);
    await expect(policies.find(reader, first.id)).rejects.toThrow(NotFound);
  });
});
