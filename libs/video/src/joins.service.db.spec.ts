import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Principal } from '@app/accounts';
import { DomainError } from '@app/common';
import { sql } from '@app/database';
import { SessionQueries } from '@app/sessions';
import { Joins } from './joins.service';
import { MeetingQueries } from './meeting.queries';
import { Meetings } from './meetings.service';
import { VideoUnderTest, type Practice } from './video.test-module';

let app: VideoUnderTest;
let joins: Joins;
let practice: Practice;
const folder = mkdtempSync(join(tmpdir(), 'practice-joins-'));
const captureFile = join(folder, 'outbound.jsonl');

beforeAll(async () => {
  app = await VideoUnderTest.start({ captureFile });
  joins = app.module.get(Joins);
});
beforeEach(async () => {
  practice = await app.practice();
});
afterEach(() => app.sandbox.faults.clear());
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

async function ready(startsIn: string): Promise<string> {
  const id = await app.session(practice, startsIn);
  await app.module.get(Meetings).sync(practice.coachId, id);
  return id;
}

async function errorOf(work: Promise<unknown>): Promise<DomainError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof DomainError) return error;
  throw new Error(`not refused, but: ${String(error)}`);
}

async function attempts(sessionId: string): Promise<{ role: string; accountId: string | null; at: Date }[]> {
  return app.database.many(sql<{ role: string; accountId: string | null; at: Date }>`
    select role, account_id as "accountId", at from join_attempts where session_id = ${sessionId} order by id`);
}

function tokenOf(url: string): string {
  return new URL(url).pathname.replace('/j/', '');
}

const startOf = async (sessionId: string): Promise<Date> =>
  (await app.module.get(SessionQueries).get(practice.coachId, sessionId)).startsAt;

describe('join', () => {
  it('A44, A45 gives the coach the host link, the client the guest link, and records both', async () => {
    const id = await ready('10 minutes');
    const coach = await joins.join(practice.coach, id);
    const client = await joins.join(practice.client, id);
    expect(coach.platform).toBe('zoom');
    expect(coach.url).toContain('/s/');
    const { joinUrl } = await app.module.get(MeetingQueries).ofSession(practice.coachId, id);
    expect(client).toEqual({ url: joinUrl, platform: 'zoom' });
    expect(JSON.stringify(client)).not.toContain('zak');
    expect((await fetch(coach.url)).status).toBe(200);
    expect((await fetch(client.url)).status).toBe(200);
    const recorded = await attempts(id);
    expect(recorded.map(({ role, accountId }) => ({ role, accountId }))).toEqual([
      { role: 'coach', accountId: practice.coachId },
      { role: 'client', accountId: practice.client.accountId },
    ]);
    for (const { at } of recorded)
      expect(Math.abs(at.getTime() - app.sandbox.now().getTime())).toBeLessThan(5_000);
  });

  it('A45 the host link is new at each click and is stored nowhere', async () => {
    const id = await ready('10 minutes');
    const [first, second] = [await joins.join(practice.coach, id), await joins.join(practice.coach, id)];
    expect(first.url).not.toBe(second.url);
    const { found } = await app.database.one(sql<{ found: number }>`
      select (select count(*) from meetings where row_to_json(meetings)::text like '%zak=%')
           + (select count(*) from sessions where row_to_json(sessions)::text like '%zak=%')
           + (select count(*) from outbox_messages where payload::text like '%zak=%')
           + (select count(*) from audit_entries where row_to_json(audit_entries)::text like '%zak=%') as found`);
    expect(found).toBe(0);
    expect(readFileSync(captureFile, 'utf8')).not.toContain('zak=');
  });

  it('A6 is refused before it opens, with the instant from which it works', async () => {
    const id = await ready('16 minutes');
    const error = await errorOf(joins.join(practice.client, id));
    const opensAt = new Date((await startOf(id)).getTime() - 900_000);
    expect([error.code, error.kind, error.extensions]).toEqual([
      'video.join_not_open',
      'conflict',
      { availableAt: opensAt.toISOString(), startsAt: (await startOf(id)).toISOString() },
    ]);
    expect(await attempts(id)).toEqual([]);
    await app.sandbox.advanceClock(61);
    await expect(joins.join(practice.client, id)).resolves.toMatchObject({ platform: 'zoom' });
  });

  it('A7 closes after the end plus the grace that the coach sets', async () => {
    const id = await ready('10 minutes');
    await app.sandbox.advanceClock(70 * 60 + 30);
    expect((await errorOf(joins.join(practice.client, id))).code).toBe('video.join_window_closed');
    await app.database.execute(
      sql`update coaches set join_grace_minutes = 5 where coach_id = ${practice.coachId}`,
    );
    await expect(joins.join(practice.client, id)).resolves.toMatchObject({ platform: 'zoom' });
    await app.sandbox.advanceClock(5 * 60);
    expect((await errorOf(joins.join(practice.client, id))).code).toBe('video.join_window_closed');
  });

  it('stays possible until the end for a marked no-show', async () => {
    const id = await ready('5 minutes');
    await app.setStatus(id, 'no_show');
    await expect(joins.join(practice.client, id)).resolves.toMatchObject({ platform: 'zoom' });
    await app.sandbox.advanceClock(65 * 60 + 1);
    expect((await errorOf(joins.join(practice.client, id))).code).toBe('video.join_window_closed');
  });

  it('is refused for what is called off, for strangers and for admins', async () => {
    const id = await ready('10 minutes');
    const other = await app.practice(false);
    expect((await errorOf(joins.join(other.coach, id))).kind).toBe('not_found');
    expect((await errorOf(joins.join(other.client, id))).kind).toBe('not_found');
    const admin: Principal = { ...practice.coach, kind: 'admin', accountId: other.coachId };
    expect((await errorOf(joins.join(admin, id))).code).toBe('video.participants_only');
    await app.setStatus(id, 'cancelled');
    expect((await errorOf(joins.join(practice.client, id))).code).toBe('video.not_joinable');
    expect(await attempts(id)).toEqual([]);
  });

  it('says how the meeting stands while it is not ready', async () => {
    const id = await app.session(practice, '10 minutes');
    expect(await errorOf(joins.join(practice.client, id))).toMatchObject({
      code: 'video.meeting_not_ready',
      extensions: { state: 'none' },
    });
    expect(await attempts(id)).toHaveLength(1);
  });

  it('shows the coach the guest link when Zoom gives no host link', async () => {
    const id = await ready('10 minutes');
    const { joinUrl } = await app.module.get(MeetingQueries).ofSession(practice.coachId, id);
    app.sandbox.faults.inject({
      provider: 'zoom',
      operation: 'GET /v2/meetings/{id}',
      kind: 'server_error',
      times: 1,
    });
    expect(await errorOf(joins.join(practice.coach, id))).toMatchObject({
      code: 'video.host_link_unavailable',
      kind: 'unavailable',
      extensions: { joinUrl },
    });
    await expect(joins.join(practice.coach, id)).resolves.toMatchObject({ platform: 'zoom' });
  });

  it('C16 a room that is gone at Zoom is noticed at the click and made anew', async () => {
    const id = await ready('10 minutes');
    await app.database.execute(sql`update meetings set external_id = '99999999999' where session_id = ${id}`);
    expect((await errorOf(joins.join(practice.coach, id))).code).toBe('video.meeting_not_ready');
    expect(await app.messages('video.meeting_sync_requested', id)).toEqual([{ sessionId: id }]);
    await app.module.get(Meetings).sync(practice.coachId, id);
    await expect(joins.join(practice.coach, id)).resolves.toMatchObject({ platform: 'zoom' });
  });
});

describe('A164 the stable link', () => {
  it('leads to the present room inside the window, on the guest side, also after the room was made anew', async () => {
    const id = await ready('10 minutes');
    const url = joins.urlOf(practice.coachId, id);
    expect(url).toMatch(/^https:\/\/practice\.example\.test\/j\/[A-Za-z0-9_-]{24}$/);
    const { joinUrl } = await app.module.get(MeetingQueries).ofSession(practice.coachId, id);
    expect(await joins.followLink(tokenOf(url))).toEqual({ kind: 'redirect', url: joinUrl });
    expect((await attempts(id)).map(({ role, accountId }) => [role, accountId])).toEqual([['link', null]]);

    await app.database.execute(sql`update meetings set external_id = '99999999998' where session_id = ${id}`);
    await errorOf(joins.join(practice.coach, id));
    await app.module.get(Meetings).sync(practice.coachId, id);
    const renewed = await app.module.get(MeetingQueries).ofSession(practice.coachId, id);
    expect(await joins.followLink(tokenOf(url))).toEqual({ kind: 'redirect', url: renewed.joinUrl });
  });

  it('says why it leads nowhere: too early, over, called off, not ready, unknown', async () => {
    const id = await app.session(practice, '16 minutes');
    const token = tokenOf(await joins.linkOf(practice.coachId, id));
    expect(await joins.linkOf(practice.coachId, id)).toBe(joins.urlOf(practice.coachId, id));
    expect(await joins.followLink(token)).toEqual({
      kind: 'early',
      availableAt: new Date((await startOf(id)).getTime() - 900_000),
      startsAt: await startOf(id),
      timezone: 'UTC',
    });
    await app.sandbox.advanceClock(61);
    expect(await joins.followLink(token)).toEqual({ kind: 'not_ready', state: 'none' });
    expect(await attempts(id)).toEqual([]);
    await app.sandbox.advanceClock(76 * 60);
    expect(await joins.followLink(token)).toMatchObject({ kind: 'closed' });
    await app.setStatus(id, 'cancelled');
    expect(await joins.followLink(token)).toMatchObject({ kind: 'gone', status: 'cancelled' });
    expect((await errorOf(joins.followLink(`${token.slice(0, 23)}_`))).code).toBe('video.link_not_found');
  });

  it('is kept as a hash only', async () => {
    const id = await ready('1 day');
    const token = tokenOf(joins.urlOf(practice.coachId, id));
    const { row } = await app.database.one(sql<{ row: string }>`
      select row_to_json(l)::text as row from join_links l where session_id = ${id}`);
    expect(row).not.toContain(token);
    expect(row).not.toContain(Buffer.from(token).toString('hex'));
  });
});

describe('A39 the passcode', () => {
  it('is shown to those who take part and stands in no event, audit entry, error, log or capture', async () => {
    const written: string[] = [];
    const spies = [process.stdout, process.stderr].map((stream) =>
      jest.spyOn(stream, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0),
    );
    const id = await ready('10 minutes');
    app.sandbox.faults.inject({
      provider: 'zoom',
      operation: 'GET /v2/meetings/{id}',
      kind: 'server_error',
      times: 1,
    });
    const error = await errorOf(joins.join(practice.coach, id));
    await joins.join(practice.coach, id);
    for (const spy of spies) spy.mockRestore();

    const [meeting] = app.atZoom(id);
    const secrets = [meeting?.password ?? '', meeting?.pstn_password ?? ''];
    expect((await app.module.get(MeetingQueries).ofSession(practice.coachId, id)).password).toBe(secrets[0]);
    const { events } = await app.database.one(sql<{ events: string }>`
      select coalesce((select string_agg(payload::text, ' ') from outbox_messages where coach_id = ${practice.coachId}), '')
        || coalesce((select string_agg(row_to_json(a)::text, ' ') from audit_entries a where a.coach_id = ${practice.coachId}), '') as events`);
    const captured = readFileSync(captureFile, 'utf8');
    expect(captured).toContain(`/v2/meetings/${meeting?.id}`);
    const everything = [events, captured, written.join(''), JSON.stringify(error), String(error.cause)].join(
      '\n',
    );
    for (const secret of secrets) {
      expect(secret).toMatch(/^[A-Za-z0-9]{6,10}$/);
      expect(everything).not.toMatch(new RegExp(`(?<![A-Za-z0-9])${secret}(?![A-Za-z0-9])`));
    }
  });
});
