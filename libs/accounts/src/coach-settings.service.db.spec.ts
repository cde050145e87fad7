import { Conflict, Invalid, InvalidTime, PreconditionFailed } from '@app/common';
import { sql, violates } from '@app/database';
import { Accounts } from './accounts.service';
import { startAccounts, type AccountsUnderTest } from './accounts.test-module';
import {
  CoachSettings,
  SETTING_BOUNDS,
  type CoachSettingsFields,
  type CoachSettingsRecord,
} from './coach-settings.service';
import { buildCoach } from './testing';

let app: AccountsUnderTest;
let settings: CoachSettings;
let coachId: string;

beforeAll(async () => {
  app = await startAccounts();
  settings = app.module.get(CoachSettings);
});
afterAll(() => app.close());
beforeEach(async () => {
  coachId = await buildCoach(app.database);
});

function patch(
  wanted: Partial<CoachSettingsFields>,
  expectedVersion?: number,
  sold = false,
): Promise<CoachSettingsRecord> {
  const actor = { kind: 'coach', accountId: coachId } as const;
  return settings.patch({
    coachId,
    wanted,
    actor,
    expectedVersion,
    wasAnythingSold: () => Promise.resolve(sold),
  });
}

describe('CoachSettings', () => {
  it('keeps every setting that is given, audited with before and after', async () => {
    const all: CoachSettingsFields = {
      timezone: 'America/New_York',
      currency: 'USD',
      bufferBeforeMinutes: 5,
      bufferAfterMinutes: 10,
      prepMinutes: 15,
      minimumNoticeMinutes: 60,
      bookingHorizonDays: 30,
      startIncrementMinutes: 30,
      mostSessionsPerDay: 4,
      mostSessionsPerWeek: 12,
      waitingMinutes: 7,
      completionGraceMinutes: 3,
      joinGraceMinutes: 2,
      clientHoldMinutes: 20,
      coachHoldMinutes: 1_440,
      proposalHours: 24,
      expiringSoonDays: 21,
      reminderMinutes: [2_880, 30],
      platforms: ['google_meet', 'zoom'],
      defaultPolicyId: null,
    };
    const changed = await patch(all, 1);
    expect(changed).toEqual({ ...all, coachId, applicationFeeBps: 1_000, version: 2 });
    await expect(settings.get(coachId)).resolves.toEqual(changed);
    await patch({ mostSessionsPerDay: null });
    const entries = await app.database.many(sql`
      select object_version as version, before, after from audit_entries
      where coach_id = ${coachId} and object_type = 'settings' order by id`);
    expect(entries).toHaveLength(2);
    expect(entries[1]).toEqual({
      version: 3,
      before: { mostSessionsPerDay: 4 },
      after: { mostSessionsPerDay: null },
    });
  });

  it("A172 moves the coach's own zone with the practice's", async () => {
    await patch({ timezone: 'asia/tokyo' });
    await expect(settings.get(coachId)).resolves.toMatchObject({ timezone: 'Asia/Tokyo' });
    await expect(app.module.get(Accounts).principalOf(coachId)).resolves.toMatchObject({
      timezone: 'Asia/Tokyo',
    });
    await expect(patch({ timezone: 'Asia/Atlantis' })).rejects.toThrow(InvalidTime);
  });

  it('keeps the currency once something was sold', async () => {
    await expect(patch({ currency: 'CHF' }, undefined, true)).rejects.toThrow(Conflict);
    await expect(patch({ currency: 'EUR', prepMinutes: 5 }, undefined, true)).resolves.toMatchObject({
      prepMinutes: 5,
    });
    await expect(patch({ currency: 'CHF' })).resolves.toMatchObject({ currency: 'CHF' });
    await expect(patch({ currency: 'XXX' })).rejects.toThrow(Invalid);
  });

  it('A153 reminders are up to five different whole numbers of minutes, in the table as well', async () => {
    await expect(settings.get(coachId)).resolves.toMatchObject({ reminderMinutes: [1_440, 60] });
    for (const good of [[], [5], [20_160, 1_440, 60, 15, 5]])
      await expect(patch({ reminderMinutes: good })).resolves.toMatchObject({ reminderMinutes: good });
    for (const bad of [[4], [20_161], [60, 60], [7.5], [10, 20, 30, 40, 50, 60]])
      await expect(patch({ reminderMinutes: bad })).rejects.toThrow(Invalid);
    for (const bad of [[4], [20_161], [10, 20, 30, 40, 50, 60]]) {
      const refused: unknown = await app.database
        .execute(sql`update coaches set reminder_minutes = ${bad}::int[] where coach_id = ${coachId}`)
        .catch((error: unknown) => error);
      expect(violates(refused, 'coaches_reminder_minutes_check')).toBe(true);
    }
  });

  it('refuses an old version, a platform named twice, a policy that is not theirs', async () => {
    await expect(patch({ prepMinutes: 5 }, 2)).rejects.toThrow(PreconditionFailed);
    await expect(patch({ platforms: ['zoom', 'zoom'] })).rejects.toThrow(Invalid);
    await expect(patch({ defaultPolicyId: '0190a1b2-0000-7000-8000-000000000001' })).rejects.toThrow(Invalid);
    await expect(settings.get(coachId)).resolves.toMatchObject({ version: 1 });
  });

  it.each(Object.entries(SETTING_BOUNDS))(
    '%s is a whole number within %j, in the table as well',
    async (field, [least, greatest]) => {
      for (const good of [least, greatest])
        await expect(patch({ [field]: good })).resolves.toMatchObject({ [field]: good });
      for (const bad of [least - 1, greatest + 1, least + 0.5])
        await expect(patch({ [field]: bad })).rejects.toThrow(Invalid);
      const column = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      for (const bad of [least - 1, greatest + 1]) {
        const refused: unknown = await app.database
          .execute(sql`update coaches set ${sql.ref(column)} = ${bad}::int where coach_id = ${coachId}`)
          .catch((error: unknown) => error);
        expect(violates(refused, `coaches_${column}_check`)).toBe(true);
      }
    },
  );
});
