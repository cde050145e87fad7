import { invariants, sql, type Database, type RawBuilder } from '@app/database';
import { Availability } from './availability.service';
import { buildPractice, buildSession, startAvailability, type Practice } from './availability.test-module';
import { insertClaim } from './claims';
import { DateOverrides } from './date-overrides.service';

/** Names of the invariants 40 to 44 that are broken now. */
async function broken(database: Database): Promise<string[]> {
  const names: string[] = [];
  for (const { name, statement } of invariants().filter((each) => /^4[0-4]-/.test(each.name))) {
    if ((await database.many(sql`${sql.raw(statement)}`)).length > 0) names.push(name);
  }
  return names;
}

const startsAt = new Date('2027-06-02T08:00Z');
const times = { startsAt, durationMinutes: 60, beforeMinutes: 10, afterMinutes: 5 };

const shift = sql`update calendar_claims set blocked = tstzrange(lower(blocked) + interval '1 hour', upper(blocked) + interval '1 hour')`;

describe('invariants of offerings and availability', () => {
  it.each<[string, (practice: Practice) => RawBuilder<unknown>[]]>([
    [
      '40-claims-never-overlap',
      ({ coachId }) => [
        sql`alter table calendar_claims drop constraint claims_never_overlap`,
        sql`insert into calendar_claims (coach_id, id, session_id, kind, blocked)
          select coach_id, gen_random_uuid(), id, 'proposed_time', tstzrange(starts_at - interval '90 minutes', starts_at)
          from sessions where coach_id = ${coachId} order by starts_at desc limit 1`,
      ],
    ],
    ['41-sessions-claim-their-time', () => [shift]],
    [
      '41-sessions-claim-their-time',
      ({ coachId }) => [sql`delete from calendar_claims where coach_id = ${coachId}`],
    ],
    [
      '42-cancelled-sessions-claim-nothing',
      ({ coachId }) => [
        sql`update sessions set status = 'cancelled', outcome = 'by_coach', cancelled_at = app_now() where coach_id = ${coachId}`,
      ],
    ],
    [
      '43-what-is-sold-is-audited',
      ({ coachId }) => [sql`update offerings set version = 2 where coach_id = ${coachId}`],
    ],
    [
      '43-what-is-sold-is-audited',
      ({ coachId }) => [
        sql`insert into policies (coach_id, id, line_id, line_version, name, rules, created_at, created_by)
          select coach_id, gen_random_uuid(), line_id, 3, name, rules, created_at, created_by from policies where coach_id = ${coachId}`,
      ],
    ],
    [
      '44-hours-of-dates-are-sound',
      () => [
        sql`update date_overrides set intervals = intervals || '[{"startsMinute": 590, "endsMinute": 601}]'`,
      ],
    ],
    [
      '44-hours-of-dates-are-sound',
      () => [sql`update date_overrides set intervals = '[{"startsMinute": 600, "endsMinute": 1441}]'`],
    ],
  ])('%s reports what breaks it, and nothing before', async (name, breakIt) => {
    const app = await startAvailability();
    try {
      const practice = await buildPractice(app.database);
      const { coachId } = practice;
      await app.module
        .get(DateOverrides)
        .create(
          coachId,
          { localDate: '2027-06-05', intervals: [{ startsMinute: 600, endsMinute: 660 }] },
          { kind: 'coach', accountId: coachId },
        );
      const availability = app.module.get(Availability);
      for (const hours of [0, 2]) {
        const start = new Date(startsAt.getTime() + hours * 3_600_000);
        await app.database.transaction(async () => {
          await availability.lockCoach(coachId);
          const sessionId = await buildSession(app.database, practice, { ...times, startsAt: start });
          const from = new Date(start.getTime() - 10 * 60_000);
          await app.database.execute(
            insertClaim({ coachId, sessionId, from, to: new Date(start.getTime() + 65 * 60_000) }),
          );
        });
      }
      await expect(broken(app.database)).resolves.toEqual([]);
      for (const statement of breakIt(practice)) await app.database.execute(statement);
      await expect(broken(app.database)).resolves.toEqual([name]);
    } finally {
      await app.close();
    }
  });
});
