import { Conflict, InvalidTime, NotFound, PreconditionFailed } from '@app/common';
import { sql } from '@app/database';
import { startAccounts, type AccountsUnderTest } from './accounts.test-module';
import type { Actor } from './actor';
import { timezoneMismatch } from './client-record';
import { Clients } from './clients.service';
import type { Principal } from './principal';
import { buildAccount, buildClient, buildCoach } from './testing';

let app: AccountsUnderTest;
let clients: Clients;
let coachId: string;
let coach: Actor;

beforeAll(async () => {
  app = await startAccounts();
  clients = app.module.get(Clients);
});
afterAll(() => app.close());
beforeEach(async () => {
  coachId = await buildCoach(app.database, { timezone: 'Europe/Vienna' });
  coach = { kind: 'coach', accountId: coachId };
});

function principal(kind: Principal['kind'], accountId: string): Principal {
  return { accountId, kind, email: 'p@example.test', displayName: 'P', timezone: 'UTC', locale: 'en' };
}

async function invitationsOf(clientId: string): Promise<number> {
  return (await app.messages('accounts.client_invited')).filter((payload) => payload['clientId'] === clientId)
    .length;
}

describe('Clients.invite', () => {
  it("makes a record in the coach's zone and announces the mail", async () => {
    const client = await clients.invite(
      coachId,
      { email: 'Kim@Example.test', displayName: 'Kim van den Berg' },
      coach,
    );
    expect(client).toMatchObject({
      coachId,
      email: 'kim@example.test',
      sortName: 'Berg, Kim van den',
      timezone: 'Europe/Vienna',
      accountId: null,
      acceptedAt: null,
      completedSessions: 0,
    });
    expect(await invitationsOf(client.id)).toBe(1);
  });

  it('sends the mail again for the same address, to the same record', async () => {
    const first = await clients.invite(coachId, { email: 'again@example.test', displayName: 'Kim' }, coach);
    const second = await clients.invite(coachId, { email: 'again@example.test', displayName: 'Kim' }, coach);
    expect(second.id).toBe(first.id);
    expect(await invitationsOf(first.id)).toBe(2);
  });

  it('refuses somebody who is a client already, and asks anew who was removed', async () => {
    const { id, email } = await buildClient(app.database, coachId);
    await expect(clients.invite(coachId, { email, displayName: 'Kim' }, coach)).rejects.toThrow(Conflict);
    await clients.markRemoved(coachId, id, coach);
    const back = await clients.invite(coachId, { email, displayName: 'Kim' }, coach);
    expect(back).toMatchObject({ id, accountId: null, acceptedAt: null, removedAt: null });
  });

  it('answers the same whether or not the address has an account', async () => {
    await buildAccount(app.database, {
      kind: 'client',
      email: 'has-account@example.test',
      timezone: 'Asia/Tokyo',
    });
    const known = await clients.invite(
      coachId,
      { email: 'has-account@example.test', displayName: 'Kim' },
      coach,
    );
    const unknown = await clients.invite(
      coachId,
      { email: 'has-none@example.test', displayName: 'Kim' },
      coach,
    );
    const shape = ({ id: _id, email: _email, invitedAt: _at, ...rest }: typeof known): object => rest;
    expect(shape(known)).toEqual(shape(unknown));
  });

  it('makes one record of 10 invitations at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 10 }, () =>
        clients.invite(coachId, { email: 'parallel@example.test', displayName: 'Kim' }, coach),
      ),
    );
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  });
});

describe('Clients.list', () => {
  it('sorts by family name, pages by key, and finds parts of names without case and accents', async () => {
    const names = [
      'Zoë Łukasz',
      'Ångström Lee',
      'Anna Müller',
      'anna muller',
      '100% Sure',
      'Ben_Under Score',
    ];
    for (const displayName of names)
      await buildClient(app.database, coachId, { displayName, accountId: null });
    await buildClient(app.database, await buildCoach(app.database), { displayName: 'Anna Elsewhere' });
    const all = await clients.list(coachId, { limit: 100 });
    expect(all.map(({ sortName }) => sortName)).toEqual([
      'Lee, Ångström',
      'Łukasz, Zoë',
      'muller, anna',
      'Müller, Anna',
      'Score, Ben_Under',
      'Sure, 100%',
    ]);
    const paged: string[] = [];
    let after: { sortName: string; id: string } | undefined;
    for (;;) {
      const rows = await clients.list(coachId, { limit: 2, after });
      paged.push(...rows.slice(0, 2).map(({ id }) => id));
      after = rows[1];
      if (rows.length <= 2) break;
    }
    expect(paged).toEqual(all.map(({ id }) => id));
    const found = async (name: string): Promise<string[]> =>
      (await clients.list(coachId, { limit: 9, name })).map((row) => row.displayName);
    expect((await found('ANNA MÜL')).toSorted()).toEqual(['Anna Müller', 'anna muller']);
    expect(await found('lukas')).toEqual(['Zoë Łukasz']);
    expect(await found('%')).toEqual(['100% Sure']);
    expect(await found('n_u')).toEqual(['Ben_Under Score']);
    expect(await found('\u0000')).toHaveLength(6);
  });

  it('shows no removed clients', async () => {
    const { id } = await buildClient(app.database, coachId);
    await clients.markRemoved(coachId, id, coach);
    expect(await clients.list(coachId, { limit: 10 })).toEqual([]);
  });
});

describe('Clients.find', () => {
  it('A176 finds for the coach and the admin, and for nobody else', async () => {
    const { id, accountId } = await buildClient(app.database, coachId);
    await expect(clients.find(principal('coach', coachId), id)).resolves.toMatchObject({ id });
    await expect(clients.find(principal('coach', await buildCoach(app.database)), id)).rejects.toThrow(
      NotFound,
    );
    await expect(clients.find(principal('client', accountId ?? ''), id)).rejects.toThrow(NotFound);
  });

  it('audits the access of an admin', async () => {
    const { id } = await buildClient(app.database, coachId);
    const admin = await buildAccount(app.database, { kind: 'admin' });
    await expect(clients.find(principal('admin', admin), id)).resolves.toMatchObject({ id, coachId });
    const entries = await app.database.many(sql`
      select 1 from audit_entries where coach_id = ${coachId} and object_id = ${id} and actor_id = ${admin} and action = 'client.read'`);
    expect(entries).toHaveLength(1);
  });

  it('A174 flags a client who was last seen in another zone, whatever its spelling', async () => {
    const { id, accountId } = await buildClient(app.database, coachId, { timezone: 'Asia/Kolkata' });
    const seenIn = async (zone: string | null): Promise<boolean> => {
      await app.database.execute(
        sql`update accounts set last_seen_timezone = ${zone}::text where id = ${accountId}`,
      );
      return timezoneMismatch(await clients.byId(coachId, id));
    };
    expect(await seenIn(null)).toBe(false);
    expect(await seenIn('Asia/Calcutta')).toBe(false);
    expect(await seenIn('Europe/Berlin')).toBe(true);
  });
});

describe('Clients.patch', () => {
  it('changes what was named, keeps the sort name, announces a rename, audits before and after', async () => {
    const { id } = await buildClient(app.database, coachId, { displayName: 'Kim Client' });
    const changed = await clients.patch(
      coachId,
      id,
      { displayName: 'Kim Newname', phone: '+49 30 1234' },
      coach,
      1,
    );
    expect(changed).toMatchObject({
      displayName: 'Kim Newname',
      sortName: 'Newname, Kim',
      phone: '+49 30 1234',
      version: 2,
    });
    expect(await app.messages('accounts.client_renamed')).toContainEqual({ clientId: id });
    const cleared = await clients.patch(coachId, id, { phone: null }, coach);
    expect(cleared).toMatchObject({ phone: null, displayName: 'Kim Newname', version: 3 });
    const entries = await app.database.many(sql`
      select object_version as version, before, after from audit_entries where object_id = ${id} and action = 'client.update' order by id`);
    expect(entries).toEqual([
      {
        version: 2,
        before: { displayName: 'Kim Client', phone: null },
        after: { displayName: 'Kim Newname', phone: '+49 30 1234' },
      },
      { version: 3, before: { phone: '+49 30 1234' }, after: { phone: null } },
    ]);
  });

  it('changes nothing for equal values, an old version, an unknown zone, a foreign coach', async () => {
    const { id } = await buildClient(app.database, coachId, { displayName: 'Kim Client' });
    await expect(clients.patch(coachId, id, { displayName: 'Kim Client' }, coach)).resolves.toMatchObject({
      version: 1,
    });
    await expect(clients.patch(coachId, id, { phone: '1234' }, coach, 7)).rejects.toThrow(PreconditionFailed);
    await expect(clients.patch(coachId, id, { timezone: 'Nowhere/Land' }, coach)).rejects.toThrow(
      InvalidTime,
    );
    await expect(clients.patch(await buildCoach(app.database), id, { phone: '1234' }, coach)).rejects.toThrow(
      NotFound,
    );
    await expect(clients.byId(coachId, id)).resolves.toMatchObject({ version: 1, phone: null });
  });

  it('lets one of many changes with the same version through', async () => {
    const { id } = await buildClient(app.database, coachId);
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => clients.patch(coachId, id, { phone: `000${n}` }, coach, 1)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('Clients.markRemoved', () => {
  it('ends the relation, keeps the record, and is done once', async () => {
    const { id } = await buildClient(app.database, coachId);
    await clients.markRemoved(coachId, id, coach);
    await clients.markRemoved(coachId, id, coach);
    await expect(clients.byId(coachId, id)).resolves.toMatchObject({
      id,
      removedAt: expect.any(Date),
      version: 2,
    });
    await expect(clients.markRemoved(await buildCoach(app.database), id, coach)).rejects.toThrow(NotFound);
  });
});
