import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sql } from '@app/database';
import { quote } from '../support/quote';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

const ROWS = 100_000;
/** Where the net stands in each line, from 0. */
const NET_COLUMN = 17;
/** What the heap may grow by between the first tenth of the file and its end, bytes. */
const MOST_GROWTH = 8 * 1024 * 1024;

describe('session lists as files, counts, and their limits', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let evil: ClientWorld;
  let zoe: ClientWorld;
  let first: SessionSummary;
  let second: SessionSummary;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-02-01T09:00:00Z' });
    world = new World(app);
    coach = await world.coach({ timezone: 'Europe/Berlin' });
    evil = await world.client(coach, { displayName: '=HYPERLINK("http://evil.test","Änna")' });
    zoe = await world.client(coach, { displayName: 'Zoe, Zimmer' });
    const free = await world.offering(coach, { name: 'Intro', priceMinor: 0, durationMinutes: 30 });
    first = await world.book(evil, free, '2027-02-14T23:00:00Z', { funding: 'free' });
    second = await world.book(zoe, free, '2027-02-15T23:00:00Z', { funding: 'free' });
  }, 60_000);

  afterAll(() => app.stop());

  const exported = async (
    query: string,
    person: { http: CoachWorld['http'] } = coach,
  ): Promise<{ headers: Headers; lines: string[] }> => {
    const { status, headers, body } = await person.http.get<string>(`/v1/sessions/export?${query}`);
    expect([status, body]).toEqual([200, expect.any(String)]);
    return { headers, lines: body.replace(/^\uFEFF/, '').split('\r\n') };
  };

  it('exports what the list shows, in its order, with local times, and no text that a spreadsheet would run', async () => {
    const { headers, lines } = await exported('view=upcoming&sort=-startsAt');
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-disposition')).toContain('sessions.csv');
    expect(lines).toEqual([
      'Session,Start,Timezone,Start (UTC),Minutes,Client,Coach,Offering,Type,Status,Outcome,Payment,Price,Price label,Gross,Fee,Refunded,Net,Currency,Rating,Platform',
      expect.stringContaining(
        `${second.id},2027-02-16 00:00:00,Europe/Berlin,2027-02-15T23:00:00.000Z,30,"Zoe, Zimmer",`,
      ),
      expect.stringContaining(
        `${first.id},2027-02-15 00:00:00,Europe/Berlin,2027-02-14T23:00:00.000Z,30,"'=HYPERLINK(""http://evil.test"",""Änna"")",`,
      ),
      '',
    ]);
    const elsewhere = await exported('view=upcoming&clientName=zoe&timezone=America/New_York');
    expect(elsewhere.lines).toHaveLength(3);
    expect(elsewhere.lines[1]).toContain(`${second.id},2027-02-15 18:00:00,America/New_York,`);
  });

  it('gives a client their own sessions without what the coach keeps, and a stranger none', async () => {
    const own = await exported('view=all', zoe);
    expect(own.lines).toHaveLength(3);
    expect(own.lines[0]?.split(',')).not.toContain('Net');
    expect((await exported('view=all', await world.coach())).lines).toHaveLength(2);
    const byRevenue = await zoe.http.get('/v1/sessions/export?sort=revenue');
    expect([byRevenue.status, byRevenue.body['code']]).toEqual([422, 'sessions.sort_not_yours']);
    expect((await app.http().get('/v1/sessions/export')).status).toBe(401);
  });

  it('A132 takes days in a stated zone: a session at midnight is in one day only', async () => {
    const day = async (from: string, to: string): Promise<string[]> => {
      const { body } = await coach.http.get<{ data: SessionSummary[] }>(
        `/v1/sessions?startsFrom=${from}&startsTo=${to}&timezone=Europe/Berlin`,
      );
      return body.data.map(({ id }) => id);
    };
    expect(await day('2027-02-14', '2027-02-15')).toEqual([]);
    expect(await day('2027-02-15', '2027-02-16')).toEqual([first.id]);
    expect(await day('2027-02-16', '2027-02-17')).toEqual([second.id]);
    const naive = await coach.http.get('/v1/sessions?startsFrom=2027-02-15');
    expect([naive.status, JSON.stringify(naive.body)]).toEqual([400, expect.stringContaining('timezone')]);
  });

  it('counts all pages on request, and by rating sorts those without one, too', async () => {
    const counted = await coach.http.get('/v1/sessions?limit=1&include=total&sort=rating');
    expect(counted.body).toMatchObject({ total: 2, totalIsCapped: false, hasMore: true });
    const rest = await coach.http.get<{ data: SessionSummary[] }>(
      `/v1/sessions?limit=1&sort=rating&cursor=${String(counted.body['nextCursor'])}`,
    );
    expect(rest.body.data.map(({ id }) => id)).toEqual([first.id]);
    expect((await coach.http.get('/v1/sessions')).body).not.toHaveProperty('total');
  });

  it(`streams ${ROWS} rows with flat memory`, async () => {
    const busy = await world.coach();
    await world.client(busy, { displayName: 'Kim' });
    await world.offering(busy, { name: 'Talk' });
    await addSessions(busy.accountId);
    const response = await fetch(`${app.url}/v1/sessions/export?view=all&sort=revenue`, {
      headers: { authorization: `Bearer ${busy.http.accessToken}` },
    });
    expect(response.status).toBe(200);
    const decoder = new TextDecoder();
    const heap: number[] = [];
    let [count, disorders] = [0, 0];
    let before = { net: -1, id: '' };
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines.filter((text) => text.startsWith('ses_'))) {
        const { 0: id = '', [NET_COLUMN]: net = '' } = line.split(',');
        const isNext = Number(net) > before.net || (Number(net) === before.net && id > before.id);
        if (!isNext) disorders += 1;
        before = { net: Number(net), id };
        count += 1;
        if (count % (ROWS / 10) === 0) heap.push(heapInUse());
      }
    }
    quote(
      `  export: heap in use by tenths of ${ROWS} rows ${heap.map((bytes) => Math.round(bytes / 1024 / 1024)).join(' ')} MB`,
    );
    // In strict order, so each once.
    expect({ count, disorders }).toEqual({ count: ROWS, disorders: 0 });
    expect(heap).toHaveLength(10);
    expect((heap[9] ?? 0) - (heap[0] ?? 0)).toBeLessThan(MOST_GROWTH);
  }, 120_000);

  it('answers 422 when a question takes too long', async () => {
    await app.database.execute(sql`
      create or replace function search_key(text) returns text language sql stable as
        $$ select lower(unaccent('unaccent', $1)) from pg_sleep(20) $$`);
    const slow = await coach.http.get('/v1/sessions?view=all&clientName=zoe');
    expect([slow.status, slow.body['code']]).toEqual([422, 'query.too_slow']);
    expect(String(slow.body['detail'])).toMatch(/narrow the range/i);
    const file = await coach.http.get('/v1/sessions/export?view=all&clientName=zoe');
    expect([file.status, file.body['code']]).toEqual([422, 'query.too_slow']);
  }, 30_000);

  async function addSessions(coachId: string): Promise<void> {
    // Without triggers, and the connection's limit of time: this is the preparation, not what is tested.
    await app.database.transaction(async () => {
      await app.database.execute(sql`set local session_replication_role = replica`);
      await app.database.execute(sql`set local statement_timeout = 0`);
      await app.database.execute(sql`
        insert into sessions (coach_id, id, client_id, offering_id, status, starts_at, ends_at, local_start, timezone, before_minutes,
        after_minutes, offering_name, funding, price_minor, currency, policy_id, policy_rules, client_sort_name, payment_status,
        net_minor, booked_at, booked_by, updated_at)
      select c.coach_id, gen_random_uuid(), c.id, o.id, 'completed', t.at, t.at + interval '1 hour', t.at at time zone 'Europe/Berlin',
        'Europe/Berlin', 0, 0, o.name, 'card', 5000, 'EUR', p.id, p.rules, c.sort_name, 'paid', n % 50, t.at, 'client', t.at
      from generate_series(1, ${ROWS}) n
      cross join lateral (select timestamptz '2020-01-01 00:00Z' + make_interval(mins => n * 15) as at) t
      join clients c on c.coach_id = ${coachId} join offerings o on o.coach_id = c.coach_id
      join lateral (select * from policies where coach_id = c.coach_id limit 1) p on true`);
    });
  }
});

/** After a collection, so that what is counted is what is kept. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
