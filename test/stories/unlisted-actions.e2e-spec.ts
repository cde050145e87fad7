import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { movesOf } from '../support/history';
import type { Answer } from '../support/http-client';
import { noShowQuote } from '../support/no-shows';
import { Random } from '../support/random';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type Person, type SessionSummary } from '../support/world';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SEED = 20_270_301;
const ACTS = 260;
const STATES = ['held', 'scheduled', 'completed', 'cancelled', 'no_show'];

type Role = 'coach' | 'client' | 'admin';
type Try = (by: Person, session: SessionSummary) => Promise<Answer>;

/** Whatever anybody tries, a session goes only where the table of its life leads, and what is not listed changes nothing. */
describe('acts on sessions, at random', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let admin: Person;
  let free: { id: string; policyId: string };
  let paid: { id: string; policyId: string };
  const random = new Random(SEED);

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-03-01T09:00:00Z' });
    world = new World(app);
    coach = await world.coach({ payouts: true, zoom: true });
    client = await world.client(coach);
    admin = await world.admin();
    free = await world.offering(coach, { priceMinor: 0 });
    paid = await world.offering(coach);
  });
  afterAll(() => app.stop());

  let hours = 0;
  const aTimeOfItsOwn = (): string => {
    hours += 2;
    return new Date(Date.parse('2028-01-01T00:00:00Z') + hours * HOUR_MS).toISOString();
  };
  const post = (by: Person, session: SessionSummary, path: string, body: unknown = {}): Promise<Answer> =>
    by.http.post(`/v1/sessions/${session.id}/${path}`, body);
  const policyOf = (session: SessionSummary): string => (session['policy'] as { id: string }).id;
  /** Marks in two steps; the quote is refused where the act is. */
  const markMissed: Try = async (by, session) => {
    const who = by === admin ? 'coach' : 'client';
    const quoted = await noShowQuote(by, session, who);
    if (quoted.status !== 201) return quoted;
    return post(by, session, 'no-show', { quoteId: quoted.body.id, override: true, reason: 'I know.' });
  };
  /** What is over takes a quote, what is to come does without. */
  const cancel: Try = async (by, session) => {
    const isOver = session.status === 'completed' || session.status === 'no_show';
    if (!isOver) return post(by, session, 'cancel');
    const quoted = await post(by, session, 'cancellation-quotes', by === client ? {} : { refund: 'none' });
    if (quoted.status !== 201) return quoted;
    return post(by, session, 'cancel', { quoteId: quoted.body['id'] });
  };

  /** Each action that the document lists, and the call that does it. */
  const TRIES: Record<string, Try> = {
    accept_terms: (by, session) => post(by, session, 'accept-terms', { acceptedPolicyId: policyOf(session) }),
    pay: (by, session) => post(by, session, 'pay', { acceptedPolicyId: policyOf(session) }),
    join: (by, session) => post(by, session, 'join'),
    reschedule: (by, session) => post(by, session, 'reschedule', { startsAt: aTimeOfItsOwn() }),
    propose: (by, session) =>
      post(by, session, 'reschedule-proposals', { times: by === coach ? [aTimeOfItsOwn()] : [] }),
    cancel,
    complete: (by, session) => post(by, session, 'complete'),
    edit_preparation: (by, session) =>
      by.http.put(`/v1/sessions/${session.id}/preparation`, { focus: 'Something else' }),
    mark_no_show: markMissed,
    undo_no_show: (by, session) => by.http.delete(`/v1/sessions/${session.id}/no-show`),
    report_no_show: (by, session) => post(by, session, 'no-show-reports'),
    follow_up: (by, session) => post(by, session, 'follow-up', { template: 'missed_you' }),
    rate: (by, session) => by.http.put(`/v1/sessions/${session.id}/rating`, { rating: 4 }),
    book_next: (by, session) =>
      post(by, session, 'book-next', {
        startsAt: aTimeOfItsOwn(),
        ...(by === client ? { acceptedPolicyId: policyOf(session) } : {}),
      }),
  };

  const people = (): Record<Role, Person> => ({ coach, client, admin });
  const signInAgain = async (): Promise<void> => {
    for (const person of Object.values(people())) person.http = await world.signedIn(person.accountId);
  };
  /** Everything of a session that an act could change. */
  const factsOf = (session: SessionSummary): Promise<unknown> =>
    app.database.one(sql`
      select to_jsonb(s) as session,
        (select count(*)::int from session_timeline t where t.session_id = s.id) as timeline,
        (select count(*)::int from audit_entries a where a.object_id = s.id) as audit,
        (select count(*)::int from reschedule_proposals p where p.session_id = s.id) as proposals,
        (select count(*)::int from sessions n where n.follows_session_id = s.id) as next,
        (select count(*)::int from outbox_messages m where m.payload ->> 'sessionId' = s.id::text) as messages
      from sessions s where s.id = ${parsePublicId('session', session.id)}::uuid`);

  /** One of each way to begin, at times between which business time will walk. */
  const book = async (startsAt: string): Promise<SessionSummary> => {
    const kind = random.pick(['free', 'held', 'paid', 'by coach'] as const);
    if (kind === 'free') return world.book(client, free, startsAt, { funding: 'free' });
    if (kind === 'held') return world.book(client, paid, startsAt);
    if (kind === 'paid') {
      const session = await world.book(client, paid, startsAt);
      await world.pay(session);
      return session;
    }
    const booked = await coach.http.post<SessionSummary>('/v1/sessions', {
      offeringId: free.id,
      clientId: client.clientId,
      startsAt,
      funding: 'free',
    });
    expect(booked.status).toBe(201);
    return booked.body;
  };

  it(`A12 A25 ${ACTS} tries of every action by every role: what is not listed is refused and changes nothing; no state or step that the table has not`, async () => {
    const sessions: SessionSummary[] = [];
    const refusals = new Set<string>();
    const acts = new Set<string>();
    for (let count = 0; count < ACTS; count += 1) {
      if (count % 12 === 0)
        for (let made = 0; made < 3; made += 1) {
          const start = Math.ceil(app.sandbox.now().getTime() / HOUR_MS) * HOUR_MS + (1 + 2 * made) * HOUR_MS;
          const booked = await book(new Date(start).toISOString()).catch(() => undefined);
          if (booked !== undefined) sessions.push(booked);
        }
      if (count % 5 === 4) {
        await app.advance(random.pick([5, 20, 50, 90, 60 * 26]) * 60);
        await signInAgain();
      }
      const role = random.pick(['coach', 'client', 'admin'] as const);
      const by = people()[role];
      const { id } = random.pick(sessions.slice(-8));
      const session = await world.read(by, id);
      const before = await factsOf(session);
      const listed = session.allowedActions.filter((action) => action in TRIES);
      const isListed = listed.length > 0 && random.next() < 0.3;
      const action = random.pick(isListed ? listed : Object.keys(TRIES));
      const answer = await TRIES[action]!(by, session);
      const told = [action, role, session.status, answer.status, answer.body];
      if (!session.allowedActions.includes(action)) {
        // Agreeing to what was agreed to already says so again, and does nothing.
        const isAgain = action === 'accept_terms' && session['termsAcceptedAt'] !== null && by === client;
        expect([told, [403, 404, isAgain ? 200 : 409, 409].includes(answer.status)]).toEqual([told, true]);
        expect([told, await factsOf(session)]).toEqual([told, before]);
        refusals.add(`${role} ${action} ${session.status}`);
      } else if (answer.status < 300) acts.add(`${action} ${session.status}`);
      else expect([told, answer.status < 500]).toEqual([told, true]);
      await app.drain();
    }
    expect(await app.brokenInvariants()).toEqual([]);
    for (const { id } of sessions) {
      const moves = await movesOf(app, id);
      for (const { to } of moves) expect(STATES).toContain(to);
    }
    expect(refusals.size).toBeGreaterThan(60);
    expect(acts.size).toBeGreaterThan(12);
  }, 120_000);
});
