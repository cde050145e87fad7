import { DomainError } from '@app/common';
import { ConnectionAttempts, Connections } from '@app/connections';
import { connectZoom } from '@app/connections/testing';
import { InvariantChecker, sql } from '@app/database';
import { SessionQueries, type SessionRecord } from '@app/sessions';
import { MeetingClaims } from './meeting-claims';
import { MeetingQueries } from './meeting.queries';
import { Meetings } from './meetings.service';
import { VideoUnderTest, type Practice } from './video.test-module';

let app: VideoUnderTest;
let meetings: Meetings;
let queries: MeetingQueries;
let practice: Practice;

beforeAll(async () => {
  app = await VideoUnderTest.start();
  meetings = app.module.get(Meetings);
  queries = app.module.get(MeetingQueries);
});
beforeEach(async () => {
  practice = await app.practice();
});
afterEach(() => app.sandbox.faults.clear());
afterAll(() => app.close());

const sync = (sessionId: string): Promise<void> => meetings.sync(practice.coachId, sessionId);
const view = (sessionId: string): ReturnType<MeetingQueries['ofSession']> =>
  queries.ofSession(practice.coachId, sessionId);
const session = (sessionId: string): Promise<SessionRecord> =>
  app.module.get(SessionQueries).get(practice.coachId, sessionId);

async function bookedAndReady(startsIn?: string): Promise<string> {
  const id = await app.session(practice, startsIn);
  await sync(id);
  return id;
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof DomainError ? error.code : String(error);
}

function fail(
  operation: string,
  kind: 'server_error' | 'timeout_after_commit' | 'rate_limit' | 'reset',
  times = 1,
): void {
  app.sandbox.faults.inject({ provider: 'zoom', operation, kind, times });
}

const CREATE = 'POST /v2/users/me/meetings';

/** Calls of this coach's host to Zoom, by method. */
async function calls(method: string): Promise<number> {
  const { host } = await app.database.one(sql<{ host: string }>`
    select external_account_id as host from connections where coach_id = ${practice.coachId}`);
  return app.sandbox.zoom.calls.filter((call) => call.method === method && call.user === host).length;
}

/** Lets the sweep look, and counts what it has asked for so far about a session. */
async function requests(sessionId: string): Promise<number> {
  await meetings.requestDue(1_000);
  return (await app.messages('video.meeting_sync_requested', sessionId)).length;
}

async function violations(): Promise<Record<string, unknown>[]> {
  const results = await app.module.get(InvariantChecker).check();
  return results
    .filter(({ name, violations: count }) => /^6\d-/.test(name) && count > 0)
    .flatMap(({ examples }) => examples);
}

describe('making a meeting', () => {
  it('A36, A37, A38, A39, A143 gives link, id, passcode, dial-in and a waiting room', async () => {
    const id = await bookedAndReady();
    const [made, ...others] = app.atZoom(id);
    const { startsAt } = await session(id);
    expect(others).toEqual([]);
    expect(made).toMatchObject({
      type: 2,
      start_time: startsAt.toISOString().replace('.000', ''),
      duration: 60,
      topic: 'First talk',
      settings: { waiting_room: true, join_before_host: false, auto_recording: 'none' },
    });
    const shown = await view(id);
    expect(shown).toMatchObject({
      state: 'ready',
      platform: 'zoom',
      meetingId: made?.id,
      password: made?.password,
      waitingRoom: true,
      dialInReason: null,
    });
    expect(shown.joinUrl).toContain(`/j/${made?.id}`);
    expect(shown.dialIn).toContainEqual({
      country: 'US',
      countryName: 'US',
      city: 'New York',
      number: '+1 6465550100',
      tollFree: false,
      pin: made?.pstn_password,
    });
    expect(await session(id)).toMatchObject({
      meetingState: 'ready',
      meetingPlatform: 'zoom',
      meetingJoinUrl: shown.joinUrl,
    });
    expect(await app.messages('video.meeting_ready', id)).toEqual([{ sessionId: id }]);
    expect(await violations()).toEqual([]);
  });

  it('A46 uses the platform that the coach has connected, without being told', async () => {
    const id = await bookedAndReady();
    expect(app.atZoom(id)[0]?.host_email).toBe(practice.host);
  });

  it('A48 run twice, or ten times at once in two processes, makes one', async () => {
    const id = await app.session(practice);
    const processes = [meetings, app.otherProcess.get(Meetings)];
    await Promise.all(
      Array.from({ length: 5 }, () => processes.map((each) => each.sync(practice.coachId, id))).flat(),
    );
    await sync(id);
    expect(app.atZoom(id)).toHaveLength(1);
    expect(await app.messages('video.meeting_ready', id)).toHaveLength(1);
    expect(await calls('POST')).toBe(1);
  });

  it('A48 killed after the call and before the commit, ends with exactly one', async () => {
    const id = await app.session(practice);
    // Nothing of the result is kept, as when the process dies on its way to the commit.
    await app.database.execute(sql`
      create function refuse_ready() returns trigger language plpgsql as
      $$ begin if new.state = 'ready' then raise exception 'killed'; end if; return new; end $$`);
    await app.database.execute(
      sql`create trigger refuse_ready before update on meetings for each row execute function refuse_ready()`,
    );
    try {
      await expect(sync(id)).rejects.toThrow('killed');
    } finally {
      await app.database.execute(sql`drop function refuse_ready cascade`);
    }
    expect(app.atZoom(id)).toHaveLength(1);
    expect(await view(id)).toMatchObject({ state: 'pending', joinUrl: null });

    await sync(id);
    expect(app.atZoom(id)).toHaveLength(1);
    expect(await view(id)).toMatchObject({ state: 'ready', meetingId: app.atZoom(id)[0]?.id });
  });

  it('A48 a call that Zoom carried out and never answered ends with exactly one', async () => {
    const id = await app.session(practice);
    fail(CREATE, 'timeout_after_commit');
    expect(await codeOf(sync(id))).toBe('connections.platform_unavailable');
    await sync(id);
    expect(app.atZoom(id)).toHaveLength(1);
    expect(await view(id)).toMatchObject({ state: 'ready', meetingId: app.atZoom(id)[0]?.id });
  });

  it('keeps one of two that a retry finds', async () => {
    const id = await app.session(practice);
    fail(CREATE, 'timeout_after_commit', 2);
    await codeOf(sync(id));
    // As if the first search had come too early to see it.
    await app.database.execute(sql`update meetings set attempts = 0 where session_id = ${id}`);
    await codeOf(sync(id));
    expect(app.atZoom(id)).toHaveLength(2);
    await sync(id);
    expect(app.atZoom(id)).toHaveLength(1);
    expect(await view(id)).toMatchObject({ state: 'ready', meetingId: app.atZoom(id)[0]?.id });
  });

  it('A141 no two sessions share a link', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => bookedAndReady()));
    const links = await Promise.all(ids.map(async (id) => (await view(id)).joinUrl));
    expect(new Set(links).size).toBe(8);
    expect(links).not.toContain(null);
  });

  it('G10 Zoom down and back: pending meanwhile, the job is never given up, one meeting', async () => {
    const id = await app.session(practice);
    fail(CREATE, 'server_error', 6);
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      expect(await codeOf(sync(id))).toBe('connections.platform_unavailable');
    }
    for (let attempt = 5; attempt <= 6; attempt += 1) {
      await expect(sync(id)).rejects.toMatchObject({ retryAfterSeconds: 0 });
    }
    expect(await session(id)).toMatchObject({ meetingState: 'pending', meetingJoinUrl: null });
    expect(await violations()).toEqual([]);
    await sync(id);
    expect(await view(id)).toMatchObject({ state: 'ready' });
    expect(app.atZoom(id)).toHaveLength(1);
  });

  it('whose jobs all came to nothing is asked for again by the sweep, once in a while', async () => {
    const id = await app.session(practice);
    fail(CREATE, 'server_error');
    await codeOf(sync(id));
    expect(await requests(id)).toBe(0);
    await app.sandbox.advanceClock(601);
    expect([await requests(id), await requests(id)]).toEqual([1, 1]);
    await sync(id);
    await app.sandbox.advanceClock(601);
    expect(await requests(id)).toBe(1);
  });

  it('a short limit is left to the retries of the job', async () => {
    const id = await app.session(practice);
    fail(CREATE, 'rate_limit');
    expect(await codeOf(sync(id))).toBe('connections.platform_unavailable');
    await sync(id);
    expect(app.atZoom(id)).toHaveLength(1);
  });

  it('is still made when the session has begun, and no more when it is over', async () => {
    const begun = await bookedAndReady('-20 minutes');
    expect(await view(begun)).toMatchObject({ state: 'ready' });
    expect(app.atZoom(begun)[0]?.duration).toBe(40);
    const over = await bookedAndReady('-2 hours');
    expect([await view(over), app.atZoom(over)]).toMatchObject([{ state: 'none' }, []]);
  });

  it('a process that died with the claim is overtaken, and what it writes later is refused', async () => {
    const id = await app.session(practice);
    const claims = app.otherProcess.get(MeetingClaims);
    const claimed = await claims.take(practice.coachId, id, 'zoom');
    if (claimed === undefined) throw new Error('nothing was claimed');
    await app.database.execute(sql`
      update meetings set claimed_until = clock_timestamp() + interval '700 milliseconds' where session_id = ${id}`);
    await sync(id);
    const after = await view(id);
    expect(after).toMatchObject({ state: 'ready' });
    expect(await codeOf(claims.renew(claimed))).toBe('video.meeting_busy');
    expect(await codeOf(claims.settle(claimed, { ...claimed, state: 'deleted', externalId: null }))).toBe(
      'video.meeting_busy',
    );
    expect(await view(id)).toEqual(after);
  });

  it('is left to the job to come again while somebody else holds it', async () => {
    const id = await app.session(practice);
    await app.otherProcess.get(MeetingClaims).take(practice.coachId, id, 'zoom');
    expect(await codeOf(sync(id))).toBe('video.meeting_busy');
    expect(app.atZoom(id)).toEqual([]);
  });
});

describe('without a connection that works', () => {
  it('fails visibly without an error, is told once, and is made when the coach connects', async () => {
    practice = await app.practice(false);
    const id = await app.session(practice);
    await sync(id);
    await sync(id);
    expect(await view(id)).toMatchObject({ state: 'failed', failureReason: 'no_connection', joinUrl: null });
    expect(await session(id)).toMatchObject({ meetingState: 'failed' });
    expect(await app.messages('video.meeting_failed', id)).toEqual([
      { sessionId: id, reason: 'no_connection' },
    ]);
    expect(await violations()).toEqual([]);

    await connectZoom(app.module.get(ConnectionAttempts), practice.coachId, practice.host);
    await meetings.retryFailed(practice.coachId);
    expect(await app.messages('video.meeting_sync_requested', id)).toEqual([{ sessionId: id }]);
    await sync(id);
    expect(await view(id)).toMatchObject({ state: 'ready', failureReason: null });
  });

  it('C17 a permission that ended is noticed by the meeting that needs it', async () => {
    const id = await app.session(practice);
    for (const token of app.sandbox.zoom.tokens) {
      await fetch(`${app.sandbox.urls.zoom}/oauth/revoke`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from('sandbox-zoom-client:sandbox-zoom-secret').toString('base64')}`,
        },
        body: new URLSearchParams({ token: token.id }),
      });
    }
    await sync(id);
    expect(await view(id)).toMatchObject({ state: 'failed', failureReason: 'no_connection' });
    const [connection] = await app.module.get(Connections).list(practice.coachId);
    expect(connection).toMatchObject({ status: 'needs_attention' });
  });
});

describe('moving', () => {
  it('C16 keeps the same room and link, and tells Zoom once', async () => {
    const id = await bookedAndReady();
    const before = await view(id);
    await app.moveBy(id, '1 day');
    await sync(id);
    await sync(id);
    expect(await view(id)).toEqual(before);
    const { startsAt } = await session(id);
    expect(app.atZoom(id)[0]?.start_time).toBe(startsAt.toISOString().replace('.000', ''));
    expect(await calls('PATCH')).toBe(1);
    expect(await app.messages('video.meeting_ready', id)).toHaveLength(1);
    expect(await violations()).toEqual([]);
  });

  it('a longer session is told too', async () => {
    const id = await bookedAndReady();
    await app.database.execute(
      sql`update sessions set ends_at = ends_at + interval '30 minutes' where id = ${id}`,
    );
    await sync(id);
    expect(app.atZoom(id)[0]?.duration).toBe(90);
  });

  it('survives Zoom being down: the old link stays until the move is done', async () => {
    const id = await bookedAndReady();
    await app.moveBy(id, '1 day');
    fail('PATCH /v2/meetings/{id}', 'reset');
    expect(await codeOf(sync(id))).toBe('connections.platform_unavailable');
    expect(await view(id)).toMatchObject({ state: 'ready' });
    expect(await violations()).toEqual([]);
    await sync(id);
    const { startsAt } = await session(id);
    expect(app.atZoom(id)[0]?.start_time).toBe(startsAt.toISOString().replace('.000', ''));
  });

  it('C16 a room that was deleted at Zoom is made anew, and the new link is announced', async () => {
    const id = await bookedAndReady();
    const before = await view(id);
    await deleteAtZoom(before.meetingId ?? '');
    await app.moveBy(id, '1 day');
    await sync(id);
    const after = await view(id);
    expect(after).toMatchObject({ state: 'ready' });
    expect(after.joinUrl).not.toBe(before.joinUrl);
    expect(app.atZoom(id)).toHaveLength(1);
    expect(await app.messages('video.meeting_ready', id)).toHaveLength(2);
  });
});

describe('cancelling', () => {
  it('deletes the room; twice is once', async () => {
    const id = await bookedAndReady();
    await app.setStatus(id, 'cancelled');
    await sync(id);
    await sync(id);
    expect(app.atZoom(id)).toEqual([]);
    expect(await view(id)).toMatchObject({ state: 'deleted', joinUrl: null, password: null });
    expect(await session(id)).toMatchObject({ meetingState: 'deleted', meetingJoinUrl: null });
    expect(await calls('DELETE')).toBe(1);
    expect(await violations()).toEqual([]);
  });

  it('survives a room that is gone already', async () => {
    const id = await bookedAndReady();
    await deleteAtZoom((await view(id)).meetingId ?? '');
    await app.setStatus(id, 'cancelled');
    await sync(id);
    expect(await view(id)).toMatchObject({ state: 'deleted' });
  });

  it('survives Zoom being down, and an answer that never came', async () => {
    const id = await bookedAndReady();
    await app.setStatus(id, 'cancelled');
    fail('DELETE /v2/meetings/{id}', 'server_error');
    fail('DELETE /v2/meetings/{id}', 'timeout_after_commit');
    expect(await codeOf(sync(id))).toBe('connections.platform_unavailable');
    expect(await codeOf(sync(id))).toBe('connections.platform_unavailable');
    await sync(id);
    expect([app.atZoom(id), (await view(id)).state]).toEqual([[], 'deleted']);
  });

  it('also deletes the room of which only Zoom knows', async () => {
    const id = await app.session(practice);
    fail(CREATE, 'timeout_after_commit');
    await codeOf(sync(id));
    await app.setStatus(id, 'cancelled');
    await sync(id);
    expect([app.atZoom(id), (await view(id)).state]).toEqual([[], 'deleted']);
  });

  it('G10 deletes the room of which only Zoom knows, and nobody was told, once the session is over', async () => {
    const id = await app.session(practice);
    fail(CREATE, 'timeout_after_commit');
    await codeOf(sync(id));
    await app.setStatus(id, 'completed');
    fail('DELETE /v2/meetings/{id}', 'server_error');
    expect(await codeOf(sync(id))).toBe('connections.platform_unavailable');
    await sync(id);
    expect([app.atZoom(id), (await view(id)).state]).toEqual([[], 'failed']);
  });

  it('makes nothing for a session that was called off before its turn', async () => {
    const id = await app.session(practice);
    await app.setStatus(id, 'cancelled');
    await sync(id);
    expect([app.atZoom(id), (await view(id)).state]).toEqual([[], 'none']);
  });

  it('waits for people who are still in the room', async () => {
    const id = await bookedAndReady('1 hour');
    const { meetingId } = await view(id);
    const event = (name: string): Promise<Response> =>
      fetch(`${app.sandbox.urls.zoom}/j/${meetingId}/events`, {
        method: 'POST',
        body: new URLSearchParams({ event: name, name: 'Guest' }),
      });
    await event('joined');
    await app.setStatus(id, 'cancelled');
    await sync(id);
    expect(app.atZoom(id)).toHaveLength(1);
    expect(await requests(id)).toBe(0);
    await event('ended');
    await app.sandbox.advanceClock(301);
    expect(await requests(id)).toBe(1);
    await sync(id);
    expect([app.atZoom(id), (await view(id)).state]).toEqual([[], 'deleted']);
  });

  it('gets a new room when the session comes back', async () => {
    const id = await bookedAndReady();
    await app.setStatus(id, 'cancelled');
    await sync(id);
    await app.setStatus(id, 'scheduled');
    await sync(id);
    expect(app.atZoom(id)).toHaveLength(1);
    expect(await session(id)).toMatchObject({ meetingState: 'ready' });
  });
});

async function deleteAtZoom(meetingId: string): Promise<void> {
  const [connection] = await app.module.get(Connections).list(practice.coachId);
  await app.module.get(Connections).withAccessToken(practice.coachId, connection?.id ?? '', async (token) => {
    const response = await fetch(`${app.sandbox.urls.zoom}/v2/meetings/${meetingId}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(response.status).toBe(204);
  });
}
