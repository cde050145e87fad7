import ICAL from 'ical.js';
import { sql } from '@app/database';
import { advanceClock, buildSession } from '@app/notes/testing';
import {
  ProposalAnswers,
  ProposalLinks,
  Proposals,
  ProposalSweeps,
  Rescheduling,
  SessionQueries,
  type ProposalRecord,
} from '@app/sessions';
import { Notifications } from './notifications.service';
import { startNotifications, type NotificationsUnderTest, type Pair } from './notifications.test-module';
import { ProposalMails } from './proposal-mails.service';

const HOUR_MS = 3_600_000;

let app: NotificationsUnderTest;
let proposals: Proposals;
let answers: ProposalAnswers;

beforeAll(async () => {
  app = await startNotifications();
  proposals = app.module.get(Proposals, { strict: false });
  answers = app.module.get(ProposalAnswers, { strict: false });
});
afterAll(() => app.close());
beforeEach(() => app.sandbox.mailbox.clear());
afterEach(() => app.assertInvariants());

interface Offered extends Pair {
  sessionId: string;
  proposal: ProposalRecord;
}

/** The coach offers two times for a session that starts in two days, with its place in the coach's calendar. */
async function offered(): Promise<Offered> {
  const pair = await app.pair();
  const sessionId = await scheduled(pair);
  const { startsAt } = await app.module
    .get(SessionQueries, { strict: false })
    .get(pair.coach.accountId, sessionId);
  const proposal = await proposals.propose(pair.coach, sessionId, {
    times: [3, 5].map((hours) => new Date(startsAt.getTime() + hours * HOUR_MS)),
    message: 'Could we meet later?',
    override: true,
  });
  return { ...pair, sessionId, proposal };
}

async function scheduled(pair: Pair): Promise<string> {
  const sessionId = await buildSession(app.database, pair.coach.accountId, pair.clientId);
  await app.database.execute(sql`
    insert into calendar_claims (coach_id, id, session_id, kind, blocked)
    select coach_id, uuidv7(), id, 'session', tstzrange(starts_at, ends_at) from sessions where id = ${sessionId}::uuid`);
  return sessionId;
}

/** The job that every event of a proposal starts, twice: it may come again. */
async function tell({ coach, proposal }: Offered): Promise<void> {
  for (let run = 0; run < 2; run += 1) await app.module.get(ProposalMails).tell(coach.accountId, proposal.id);
}

const heads = (address: string): string[] =>
  app.sandbox.mailbox.to(address).map(({ subject }) => subject.split(':')[0] ?? '');

function tokenFor(address: string): string {
  const text = app.sandbox.mailbox.to(address)[0]?.text ?? '';
  const token = /https:\/\/practice\.example\.test\/v1\/links\/(\S+)/.exec(text)?.[1];
  if (token === undefined) throw new Error('the mail has no link');
  return token;
}

describe('mails about proposals', () => {
  it('A73 A75 an offer is one message with the words and a link that serves this proposal, kept nowhere else', async () => {
    const offer = await offered();
    await tell(offer);
    await app.sendQueued();
    expect(heads(offer.coach.email)).toEqual([]);
    expect(heads(offer.client.email)).toEqual(['Other times offered']);
    const [mail] = app.sandbox.mailbox.to(offer.client.email);
    expect(mail?.text).toContain('> Could we meet later?');
    expect(mail?.text.match(/^Time \d: .*\(America\/New_York\)$/gm)).toHaveLength(2);
    const token = tokenFor(offer.client.email);
    expect((await app.module.get(ProposalLinks, { strict: false }).proposal(token)).id).toBe(
      offer.proposal.id,
    );
    const stored = await app.database.many(sql<{ row: string }>`
      select t::text as row from notifications t union all select t::text from outbox_messages t union all select t::text from proposal_links t`);
    expect(stored.filter(({ row }) => row.includes(token) || row.includes('Could we'))).toEqual([]);
  });

  it('A77 A81 a time taken by the mailed link is confirmed once to each, same entry, next sequence, and not told as an answer', async () => {
    const offer = await offered();
    const { coach, client, sessionId, proposal } = offer;
    const notifications = app.module.get(Notifications);
    await notifications.tellSession(coach.accountId, sessionId);
    await tell(offer);
    await app.sendQueued();
    const before = app.sandbox.mailbox.to(client.email).find(({ icalendar }) => icalendar !== null);
    const offerMail = app.sandbox.mailbox.to(client.email).find(({ subject }) => subject.startsWith('Other'));
    const token = /\/v1\/links\/(\S+)/.exec(offerMail?.text ?? '')?.[1] ?? '';
    app.sandbox.mailbox.clear();
    await answers.acceptByLink(token, proposal.times[1] ?? new Date(0));
    for (let run = 0; run < 2; run += 1) await notifications.tellSession(coach.accountId, sessionId);
    await tell(offer);
    await app.sendQueued();
    for (const [person, zone] of [
      [coach, 'Europe/Berlin'],
      [client, 'America/New_York'],
    ] as const) {
      expect(heads(person.email)).toEqual(['New time']);
      const [mail] = app.sandbox.mailbox.to(person.email);
      expect(mail?.text).toContain(`(${zone})`);
      expect(mail?.icalendarMethod).toBe('REQUEST');
      expect(entryOf(mail?.icalendar)).toEqual({ uid: entryOf(before?.icalendar).uid, sequence: 1 });
    }
  });

  it('nothing is sent of an offer that was superseded before its mail or its job', async () => {
    const offer = await offered();
    await tell(offer);
    const { startsAt } = await app.module
      .get(SessionQueries, { strict: false })
      .get(offer.coach.accountId, offer.sessionId);
    await app.module.get(Rescheduling, { strict: false }).move(offer.coach, offer.sessionId, {
      startsAt: new Date(startsAt.getTime() + 24 * HOUR_MS),
      override: true,
    });
    await tell(offer);
    await app.sendQueued();
    expect(app.sandbox.mailbox.messages).toEqual([]);
    const rows = await app.rows(offer.coach.accountId);
    expect(rows.map(({ kind, suppressedReason }) => [kind, suppressedReason])).toEqual([
      ['times_proposed', 'the proposal is superseded by now'],
    ]);
  });

  it('a declined offer is told to the coach alone, once', async () => {
    const offer = await offered();
    await tell(offer);
    await app.sendQueued();
    await answers.declineByLink(tokenFor(offer.client.email));
    await tell(offer);
    await app.sendQueued();
    expect(heads(offer.coach.email)).toEqual(['Declined']);
    expect(heads(offer.client.email)).toEqual(['Other times offered']);
  });

  it('an offer taken back is told to a client who had it, and not to one who never did', async () => {
    const known = await offered();
    await tell(known);
    await app.sendQueued();
    await answers.withdraw(known.coach, known.proposal.id);
    await tell(known);
    await app.sendQueued();
    expect(heads(known.client.email)).toEqual(['Other times offered', 'Taken back']);
    const unknown = await offered();
    await tell(unknown);
    await answers.withdraw(unknown.coach, unknown.proposal.id);
    await tell(unknown);
    await app.sendQueued();
    expect(heads(unknown.client.email)).toEqual([]);
    expect(heads(unknown.coach.email)).toEqual([]);
  });

  it('a wish of the client reaches the coach in the zone of the coach; unanswered, its end is told to both', async () => {
    const pair = await app.pair();
    const sessionId = await scheduled(pair);
    const proposal = await proposals.propose(pair.client, sessionId, { times: [], message: 'Later?' });
    const asked = { ...pair, sessionId, proposal };
    await tell(asked);
    await app.sendQueued();
    expect(heads(pair.coach.email)).toEqual(['Another time asked for']);
    expect(app.sandbox.mailbox.to(pair.coach.email)[0]?.text).toMatch(
      /^Please answer by: .*\(Europe\/Berlin\)$/m,
    );
    await app.database.execute(sql`update reschedule_proposals set expires_at = created_at + interval '1 hour'
      where id = ${proposal.id}::uuid`);
    await advanceClock(app.database, 3600);
    await tell(asked);
    await app.module.get(ProposalSweeps, { strict: false }).expireDue(10);
    await tell(asked);
    await app.sendQueued();
    expect(heads(pair.coach.email)).toEqual(['Another time asked for', 'No answer']);
    expect(heads(pair.client.email)).toEqual(['No answer']);
  });
});

function entryOf(icalendar: string | null | undefined): { uid: string; sequence: number } {
  if (icalendar === null || icalendar === undefined) throw new Error('the mail has no invitation');
  const event = ICAL.Component.fromString(icalendar).getFirstSubcomponent('vevent');
  return {
    uid: String(event?.getFirstPropertyValue('uid')),
    sequence: Number(event?.getFirstPropertyValue('sequence')),
  };
}
