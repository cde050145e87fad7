import { invariants, sql, type Database } from '@app/database';
import { startAccounts } from './accounts.test-module';
import { Clients } from './clients.service';
import { CoachSettings } from './coach-settings.service';
import { SignIn } from './sign-in.service';
import { buildClient, buildCoach, TEST_PASSWORD } from './testing';

/** Names of this library's invariants, 01 to 09, that are broken now. */
async function broken(database: Database): Promise<string[]> {
  const names: string[] = [];
  for (const { name, statement } of invariants().filter((each) => /^0\d-/.test(each.name))) {
    if ((await database.many(sql`${sql.raw(statement)}`)).length > 0) names.push(name);
  }
  return names;
}

const wasAnythingSold = (): Promise<boolean> => Promise.resolve(false);

describe('invariants of accounts', () => {
  it.each([
    [
      '01-zones-are-known',
      (coachId: string) => sql`update accounts set timezone = 'Europe/Atlantis' where id = ${coachId}`,
    ],
    [
      '02-practices-and-coaches-match',
      (coachId: string) => sql`update accounts set kind = 'admin' where id = ${coachId}`,
    ],
    [
      '03-clients-are-bound-by-acceptance',
      (coachId: string) => sql`update clients set accepted_at = null where coach_id = ${coachId}`,
    ],
    [
      '04-people-are-audited',
      (
        coachId: string,
      ) => sql`insert into clients (coach_id, id, email, display_name, sort_name, timezone, invited_at, created_at, updated_at)
        values (${coachId}::uuid, gen_random_uuid(), 'smuggled@example.test', 'S', 'S', 'UTC', now(), now(), now())`,
    ],
    [
      '05-disabled-accounts-are-out',
      (coachId: string) => sql`update accounts set disabled_at = now() where id = ${coachId}`,
    ],
    [
      '06-settings-versions-are-audited',
      (coachId: string) => sql`update coaches set version = version + 1 where coach_id = ${coachId}`,
    ],
  ])('%s reports what breaks it, and nothing before', async (name, breakIt) => {
    const app = await startAccounts();
    try {
      const coachId = await buildCoach(app.database, { email: 'coach@example.test' });
      const coach = { kind: 'coach', accountId: coachId } as const;
      await buildClient(app.database, coachId);
      await app.module
        .get(Clients)
        .invite(coachId, { email: 'open@example.test', displayName: 'Open' }, coach);
      await app.module.get(SignIn).signIn('coach@example.test', TEST_PASSWORD, '10.9.0.2');
      await app.module
        .get(CoachSettings)
        .patch({ coachId, wanted: { prepMinutes: 5 }, actor: coach, wasAnythingSold });
      expect(await broken(app.database)).toEqual([]);
      await app.database.execute(breakIt(coachId));
      expect(await broken(app.database)).toEqual([name]);
    } finally {
      await app.close();
    }
  });
});
