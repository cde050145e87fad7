import { Accounts } from '@app/accounts';
import { newId, publicId } from '@app/common';
import { sql } from '@app/database';
import { Notes } from '@app/notes';
import { buildSession } from '@app/notes/testing';
import { Notifications } from './notifications.service';
import { startNotifications, type NotificationsUnderTest, type Pair } from './notifications.test-module';

const CANARY = 'canary-51c2: do not tell him';

let app: NotificationsUnderTest;
let notifications: Notifications;

beforeAll(async () => {
  app = await startNotifications();
  notifications = app.module.get(Notifications);
});
afterAll(() => app.close());
beforeEach(() => app.sandbox.mailbox.clear());
afterEach(() => app.assertInvariants());

const subjects = (address: string): string[] => app.sandbox.mailbox.to(address).map(({ subject }) => subject);

const codeIn = (text: string | undefined): string => /Code: (\S+)/.exec(text ?? '')?.[1] ?? '';

async function refunded(reason: string): Promise<Pair & { refundId: string }> {
  const pair = await app.pair();
  const coachId = pair.coach.accountId;
  const sessionId = await buildSession(app.database, coachId, pair.clientId, { priceMinor: 9_000 });
  const [paymentId, refundId] = [newId(), newId()];
  await app.database.execute(sql`
    insert into payments (coach_id, id, client_id, session_id, amount_minor, currency, application_fee_minor, captured_minor,
      refunded_minor, status, stripe_account_id, created_at, updated_at)
    values (${coachId}::uuid, ${paymentId}::uuid, ${pair.clientId}::uuid, ${sessionId}::uuid, 9000, 'EUR', 900, 9000, 9000, 'refunded',
      'acct_1', app_now(), app_now())`);
  await app.database.execute(sql`
    insert into refunds (coach_id, id, payment_id, session_id, amount_minor, currency, reason, status, requested_by_kind, requested_at, updated_at)
    values (${coachId}::uuid, ${refundId}::uuid, ${paymentId}::uuid, ${sessionId}::uuid, 9000, 'EUR', ${reason}, 'pending', 'coach', app_now(), app_now())`);
  return { ...pair, refundId };
}

async function become(refundId: string, status: string, keyNumber = 1): Promise<void> {
  await app.database.execute(sql`
    update refunds set status = ${status}, stripe_key_number = ${keyNumber}, failure_code = case when ${status} = 'failed' then 'lost_or_stolen_card' end
    where id = ${refundId}`);
}

/** Each job twice: it may come again. */
async function tell(
  what: 'Started' | 'Succeeded' | 'Failed',
  { coach, refundId }: Pair & { refundId: string },
): Promise<void> {
  await notifications[`tellRefund${what}`](coach.accountId, refundId);
  await notifications[`tellRefund${what}`](coach.accountId, refundId);
}

describe('mails about money', () => {
  it('A95 A93 the client hears of start, success and a later failure once each; the coach of the failure, and how to retry', async () => {
    const refund = await refunded('session_cancelled');
    await tell('Started', refund);
    await become(refund.refundId, 'succeeded');
    await app.sendQueued();
    await tell('Succeeded', refund);
    await app.sendQueued();
    await become(refund.refundId, 'failed');
    await tell('Failed', refund);
    await app.sendQueued();
    expect(subjects(refund.client.email)).toEqual([
      'Refund started: €90.00',
      'Refund made: €90.00',
      'Refund failed: €90.00',
    ]);
    expect(app.sandbox.mailbox.to(refund.client.email)[0]?.text).toContain('5–7 business days');
    expect(subjects(refund.coach.email)).toEqual(['Refund failed: €90.00 to Ben Client']);
    const [toCoach] = app.sandbox.mailbox.to(refund.coach.email);
    expect(toCoach?.text).toContain(
      `POST https://practice.example.test/v1/refunds/${publicId('refund', refund.refundId)}/retry`,
    );
    expect(toCoach?.text).toContain('lost_or_stolen_card');
  });

  it('A95 a failure that was retried before the mail went is not told; a second failure is told again', async () => {
    const refund = await refunded('session_cancelled');
    await become(refund.refundId, 'failed');
    await tell('Failed', refund);
    await become(refund.refundId, 'pending', 2);
    await app.sendQueued();
    expect(app.sandbox.mailbox.messages).toEqual([]);
    await become(refund.refundId, 'failed', 2);
    await tell('Failed', refund);
    await app.sendQueued();
    expect(app.sandbox.mailbox.messages).toHaveLength(2);
  });

  it('A95 what needs the attention of the coach does not trouble the client', async () => {
    const refund = await refunded('session_cancelled');
    await become(refund.refundId, 'needs_attention');
    await tell('Failed', refund);
    await app.sendQueued();
    expect(app.sandbox.mailbox.messages.map(({ to }) => to)).toEqual([[refund.coach.email]]);
  });

  it('A95 a payment that came too late is told to both in words of its own', async () => {
    const refund = await refunded('late_payment');
    await tell('Started', refund);
    await app.sendQueued();
    expect(subjects(refund.client.email)).toEqual(['Not booked, payment goes back: Career coaching']);
    expect(subjects(refund.coach.email)).toEqual(['Not booked, payment goes back: Career coaching']);
  });
});

describe('mails about notes', () => {
  it('A55 the client is told once when a note is first shared, without a word of it', async () => {
    const pair = await app.pair();
    const sessionId = await buildSession(app.database, pair.coach.accountId, pair.clientId, {
      startsInMinutes: -90,
      status: 'completed',
    });
    const notes = app.module.get(Notes, { strict: false });
    const hidden = await notes.create(pair.coach, sessionId, {
      kind: 'session',
      visibility: 'private',
      content: { body: CANARY },
    });
    const shared = await notes.create(pair.coach, sessionId, {
      kind: 'session',
      visibility: 'shared',
      content: { body: 'open-51c2' },
    });
    for (let run = 0; run < 2; run += 1) await notifications.tellNoteShared(pair.coach.accountId, shared.id);
    await app.sendQueued();
    expect(subjects(pair.client.email)).toEqual(['Ana Coach shared notes of your session']);

    const second = await notes.edit(pair.coach, hidden.id, { share: true });
    await notifications.tellNoteShared(pair.coach.accountId, second.id);
    await notes.edit(pair.coach, hidden.id, { visibility: 'private' });
    await app.sendQueued();
    expect(app.sandbox.mailbox.messages).toHaveLength(1);
    const rows = await app.rows(pair.coach.accountId);
    expect(rows.map(({ state }) => state)).toEqual(['sent', 'suppressed']);

    const written = JSON.stringify([rows, app.sandbox.mailbox.messages]);
    expect(written).not.toContain('51c2');
    const queue = await app.database.many(sql<{ payload: unknown }>`select payload from outbox_messages`);
    expect(JSON.stringify(queue)).not.toContain('51c2');
  });
});

describe('mails about accounts', () => {
  it('A168 a verification mail holds a code that works, and the code is nowhere else', async () => {
    const accounts = app.module.get(Accounts, { strict: false });
    const pair = await app.pair();
    const { accountId, email } = pair.coach;
    await app.database.execute(sql`update accounts set email_verified_at = null where id = ${accountId}`);
    const cause = newId();
    for (let run = 0; run < 2; run += 1)
      await notifications.tellAccount('email_verification', accountId, cause);
    await app.sendQueued();
    const mails = app.sandbox.mailbox.to(email);
    expect(mails).toHaveLength(1);
    const code = codeIn(mails[0]?.text);
    const stored = await app.database.many(sql<{ row: string }>`
      select t::text as row from notifications t union all select t::text from outbox_messages t union all select t::text from single_use_tokens t`);
    expect(stored.filter(({ row }) => row.includes(code))).toEqual([]);
    await accounts.verifyEmail(code);
    const { verified } = await app.database.one(sql<{ verified: boolean }>`
      select email_verified_at is not null as verified from accounts where id = ${accountId}`);
    expect(verified).toBe(true);
  });

  it('A168 each request for a password is answered by a mail of its own', async () => {
    const accounts = app.module.get(Accounts, { strict: false });
    const { client } = await app.pair();
    await notifications.tellAccount('password_reset', client.accountId, newId());
    await notifications.tellAccount('password_reset', client.accountId, newId());
    await notifications.tellAccount('sign_up_repeated', client.accountId, newId());
    await app.sendQueued();
    expect(subjects(client.email)).toEqual([
      'Set a new password',
      'Set a new password',
      'You already have an account',
    ]);
    const code = codeIn(app.sandbox.mailbox.to(client.email)[1]?.text);
    await accounts.confirmPasswordReset(code, 'a quite new password', '10.0.0.1');
  });

  it('A168 an invitation names the coach and holds a code', async () => {
    const { coach, clientId, client } = await app.pair();
    await notifications.tellClientInvited(coach.accountId, clientId, newId());
    await app.sendQueued();
    const [mail] = app.sandbox.mailbox.to(client.email);
    expect(mail?.subject).toBe('Ana Coach invites you');
    const { count } = await app.database.one(sql<{ count: number }>`
      select count(*)::int as count from single_use_tokens where client_id = ${clientId}::uuid and purpose = 'accept_invitation'`);
    expect(count).toBe(1);
    expect(codeIn(mail?.text).length).toBeGreaterThan(20);
  });
});

describe('mails about platforms', () => {
  it('A49 the coach is told once that no room could be made, unless there is one by then', async () => {
    const pair = await app.pair();
    const coachId = pair.coach.accountId;
    const sessionId = await buildSession(app.database, coachId, pair.clientId);
    await app.database.execute(sql`
      insert into meetings (coach_id, id, session_id, platform, state, last_error, created_at, updated_at)
      values (${coachId}::uuid, gen_random_uuid(), ${sessionId}::uuid, 'zoom', 'failed', 'no_connection', app_now(), app_now())`);
    for (let run = 0; run < 2; run += 1) await notifications.tellMeetingFailed(coachId, sessionId);
    await app.sendQueued();
    expect(subjects(pair.coach.email)).toHaveLength(1);
    expect(subjects(pair.coach.email)[0]).toMatch(/^No video link yet/);

    const other = await buildSession(app.database, coachId, pair.clientId);
    await app.database.execute(sql`
      insert into meetings (coach_id, id, session_id, platform, state, last_error, created_at, updated_at)
      values (${coachId}::uuid, gen_random_uuid(), ${other}::uuid, 'zoom', 'failed', 'no_connection', app_now(), app_now())`);
    await notifications.tellMeetingFailed(coachId, other);
    await app.database.execute(sql`update meetings set state = 'pending' where session_id = ${other}::uuid`);
    await app.sendQueued();
    expect(subjects(pair.coach.email)).toHaveLength(1);
  });

  it('A49 the coach is told that a platform is lost, unless it works again by then', async () => {
    const { coach } = await app.pair();
    const connectionId = newId();
    await app.database.execute(sql`
      insert into connections (coach_id, id, platform, status, external_account_id, access_token_ciphertext, refresh_token_ciphertext, key_id,
        access_expires_at, tokens_issued_at, created_at, updated_at)
      values (${coach.accountId}::uuid, ${connectionId}::uuid, 'zoom', 'needs_attention', 'z1', ${Buffer.alloc(40)}, ${Buffer.alloc(40)}, 'k1',
        app_now(), app_now(), app_now(), app_now())`);
    await notifications.tellConnectionNeedsAttention(coach.accountId, connectionId, newId());
    await app.sendQueued();
    expect(subjects(coach.email)).toEqual(['Zoom needs your attention']);
    await notifications.tellConnectionNeedsAttention(coach.accountId, connectionId, newId());
    await app.database.execute(sql`update connections set status = 'connected' where id = ${connectionId}`);
    await app.sendQueued();
    expect(subjects(coach.email)).toHaveLength(1);
  });
});
