import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { movesOf } from '../support/history';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;
let free: { id: string; policyId: string };

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-10-20T08:00:00Z' });
  world = new World(app);
  coach = await world.coach({ timezone: 'Europe/Berlin' });
  client = await world.client(coach);
  free = await world.offering(coach, { priceMinor: 0, durationMinutes: 30 });
});
afterEach(async () => {
  await app.drain();
  expect(await app.brokenInvariants()).toEqual([]);
});
afterAll(() => app.stop());

const book = (startsAt: string): Promise<SessionSummary> =>
  world.book(client, free, startsAt, { funding: 'free' });

describe('a transaction that the database refuses in the middle', () => {
  /** The first so many inserts of this kind end as a serialisation failure; a sequence is not rolled back. */
  async function failing(table: string, times: number, work: () => Promise<void>): Promise<void> {
    await app.database.execute(sql`create sequence refused`);
    await app.database.execute(sql`
      create function refuse_for_a_while() returns trigger language plpgsql as $$
      begin
        if nextval('refused') <= ${sql.raw(String(times))} then raise exception 'refused' using errcode = '40001'; end if;
        return new;
      end $$`);
    await app.database.execute(
      sql`create trigger refuse before insert on ${sql.raw(table)} for each row execute function refuse_for_a_while()`,
    );
    try {
      await work();
    } finally {
      await app.database.execute(sql`drop function refuse_for_a_while cascade`);
      await app.database.execute(sql`drop sequence refused`);
    }
  }

  it.each(['calendar_claims', 'outbox_messages', 'idempotency_keys'])(
    'at %s is done again as a whole, with its idempotency key, and has one effect',
    async (table) => {
      const startsAt = { calendar_claims: '06', outbox_messages: '07', idempotency_keys: '08' }[table];
      const body = {
        offeringId: free.id,
        startsAt: `2027-11-08T${startsAt}:00:00Z`,
        funding: 'free',
        acceptedPolicyId: free.policyId,
      };
      const key = { 'idempotency-key': `retried-${table}` };
      await failing(table, 2, async () => {
        const booked = await client.http.post<SessionSummary>('/v1/sessions', body, key);
        expect(booked.status).toBe(201);
        expect(await movesOf(app, booked.body.id)).toHaveLength(1);
        const again = await client.http.post<SessionSummary>('/v1/sessions', body, key);
        expect(again.headers.get('idempotency-replayed')).toBe('true');
        expect(again.body.id).toBe(booked.body.id);
      });
    },
  );

  it('again and again ends as "try again", leaves nothing, and the key is free', async () => {
    const session = await book('2027-11-09T06:00:00Z');
    const key = { 'idempotency-key': 'never-got-through' };
    await failing('session_timeline', 100, async () => {
      const refused = await coach.http.post(`/v1/sessions/${session.id}/cancel`, {}, key);
      expect(refused).toMatchObject({ status: 409, body: { code: 'calendar-busy' } });
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(await world.read(coach, session.id)).toMatchObject({
        status: 'scheduled',
        version: session.version,
      });
    });
    expect((await coach.http.post(`/v1/sessions/${session.id}/cancel`, {}, key)).status).toBe(200);
  });
});

describe('the hour that comes twice', () => {
  it('holds two sessions, each at its own instant with the same wall time', async () => {
    const [first, second] = [await book('2027-10-31T00:30:00Z'), await book('2027-10-31T01:30:00Z')];
    for (const { id } of [first, second])
      expect((await world.read(coach, id))['localStart']).toBe('2027-10-31T02:30:00');
    const rows = await app.database.many(sql<{ local: string; startsAt: Date }>`
      select local_start as local, starts_at as "startsAt" from sessions
      where id in (${parsePublicId('session', first.id)}, ${parsePublicId('session', second.id)}) order by starts_at`);
    expect(rows).toEqual([
      { local: '2027-10-31T02:30:00', startsAt: new Date('2027-10-31T00:30:00Z') },
      { local: '2027-10-31T02:30:00', startsAt: new Date('2027-10-31T01:30:00Z') },
    ]);
  });
});

describe('a time with fractions of a second', () => {
  it('is booked and moved without them', async () => {
    const session = await book('2027-11-10T07:30:00.084Z');
    expect(session.startsAt).toBe('2027-11-10T07:30:00.000Z');
    const body = { startsAt: '2027-11-10T09:15:01.999Z', override: true };
    const moved = await coach.http.post<SessionSummary>(`/v1/sessions/${session.id}/reschedule`, body);
    expect(moved).toMatchObject({ status: 200, body: { startsAt: '2027-11-10T09:15:01.000Z' } });
  });
});

describe('who may no longer, or not yet', () => {
  it('a client who was removed books nothing more, also by an offering they know', async () => {
    const leaving = await world.client(coach, { displayName: 'Lea Leaving' });
    expect((await coach.http.delete(`/v1/clients/${leaving.clientId}`)).status).toBe(204);
    const body = {
      offeringId: free.id,
      startsAt: '2027-11-10T06:00:00Z',
      funding: 'free',
      acceptedPolicyId: free.policyId,
    };
    expect((await leaving.http.post('/v1/sessions', body)).status).toBe(404);
    const byCoach = await coach.http.post('/v1/sessions', { ...body, clientId: leaving.clientId });
    expect(byCoach).toMatchObject({ status: 404, body: { code: 'clients.not_found' } });
  });

  it('a removal and a booking at once: a removed client has no session to come', async () => {
    for (let round = 0; round < 10; round += 1) {
      const guest = await world.client(coach, { displayName: `Guest ${round}` });
      const startsAt = `2027-11-${String(11 + round)}T06:00:00Z`;
      const body = { offeringId: free.id, startsAt, funding: 'free', acceptedPolicyId: free.policyId };
      const [booked, removed] = await Promise.all([
        guest.http.post('/v1/sessions', body),
        coach.http.delete(`/v1/clients/${guest.clientId}`),
      ]);
      expect([
        [201, 409],
        [404, 204],
      ]).toContainEqual([booked.status, removed.status]);
    }
  });

  it('nobody books the past, not even a coach who overrides', async () => {
    const body = {
      offeringId: free.id,
      clientId: client.clientId,
      startsAt: '2027-10-20T07:00:00Z',
      funding: 'free',
      override: true,
    };
    const answer = await coach.http.post('/v1/sessions', body);
    expect(answer.status).toBe(422);
  });
});
