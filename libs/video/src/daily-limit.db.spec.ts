import { sql } from '@app/database';
import { MeetingQueries } from './meeting.queries';
import { Meetings } from './meetings.service';
import { VideoUnderTest, type Practice } from './video.test-module';

let app: VideoUnderTest;
let meetings: Meetings;
let practice: Practice;

beforeAll(async () => {
  app = await VideoUnderTest.start({ zoomDailyLimit: 2 });
  meetings = app.module.get(Meetings);
});
beforeEach(async () => {
  await toNextDay(); // a day that cannot end during the case
  practice = await app.practice();
});
afterAll(() => app.close());

const sync = (sessionId: string): Promise<void> => meetings.sync(practice.coachId, sessionId);
const stateOf = async (sessionId: string): Promise<string> =>
  (await app.module.get(MeetingQueries).ofSession(practice.coachId, sessionId)).state;

async function dueAt(sessionId: string): Promise<Date | null> {
  const row = await app.database.one(sql<{ dueAt: Date | null }>`
    select due_at as "dueAt" from meetings where session_id = ${sessionId}`);
  return row.dueAt;
}

function nextUtcMidnight(): Date {
  return new Date((Math.floor(app.sandbox.now().getTime() / 86_400_000) + 1) * 86_400_000);
}

async function toNextDay(): Promise<void> {
  const ms = nextUtcMidnight().getTime() - app.sandbox.now().getTime();
  await app.sandbox.advanceClock(Math.ceil(ms / 1_000) + 1);
}

/** Two creates: all that Zoom takes of this host today. */
async function useUpTheDay(): Promise<string[]> {
  const ids = [await app.session(practice, '10 days'), await app.session(practice, '11 days')];
  for (const id of ids) await sync(id);
  return ids;
}

describe("Zoom's limit of creates and updates per host and UTC day", () => {
  it('waits until 00:00 UTC without asking again, then the sweep finds it', async () => {
    await useUpTheDay();
    const id = await app.session(practice, '12 days');
    await sync(id);
    expect(await dueAt(id)).toEqual(nextUtcMidnight());
    const asked = app.sandbox.zoom.calls.length;
    await sync(id);
    expect(app.sandbox.zoom.calls).toHaveLength(asked);
    expect(await meetings.requestDue(10)).toBe(0);
    expect(await stateOf(id)).toBe('pending');

    await toNextDay();
    expect(await meetings.requestDue(10)).toBe(1);
    expect(await app.messages('video.meeting_sync_requested', id)).toEqual([{ sessionId: id }]);
    await sync(id);
    expect([await stateOf(id), app.atZoom(id).length]).toEqual(['ready', 1]);
  });

  it('a move waits too, and the old link stays; cancelling is not held up', async () => {
    const [first = '', second = ''] = await useUpTheDay();
    await app.moveBy(first, '1 day');
    await app.moveBy(second, '1 day');
    await sync(first);
    await sync(second);
    expect([await stateOf(first), await dueAt(first)]).toEqual(['ready', nextUtcMidnight()]);
    await app.setStatus(second, 'cancelled');
    await sync(second);
    expect([await stateOf(second), app.atZoom(second)]).toEqual(['deleted', []]);

    await toNextDay();
    const before = app.atZoom(first)[0]?.start_time;
    await sync(first);
    expect(Date.parse(app.atZoom(first)[0]?.start_time ?? '') - Date.parse(before ?? '')).toBe(86_400_000);
    expect(await dueAt(first)).toBeNull();
  });
});
