import { sql } from '@app/database';
import type { SessionFilter } from './session-filter';
import { ListsWorld, type PracticeOfLists } from './session-lists.test-world';
import type { SessionSortKey } from './session-order';

/** Enough for the planner to prefer an index by itself. */
const SESSIONS = 6_000;
const OTHERS = 12_000;

const BY_SORT: Record<SessionSortKey, string> = {
  startsAt: 'sessions_by_date',
  clientName: 'sessions_by_client_name',
  revenue: 'sessions_by_revenue',
  rating: 'sessions_by_rating',
};
const SORTS = Object.keys(BY_SORT) as SessionSortKey[];

/** How PostgreSQL carries the lists out (performance.md 2): whatever the filter, never by reading all sessions. */
describe('plans of the session lists', () => {
  let world: ListsWorld;
  let practice: PracticeOfLists;

  beforeAll(async () => {
    world = await ListsWorld.start(1);
    practice = await world.practice();
    await world.addSessions(practice, 1, SESSIONS);
    const other = await world.practice();
    await world.addSessions(other, SESSIONS + 1, SESSIONS + OTHERS);
    await world.database.execute(sql`analyze`);
  }, 60_000);

  afterAll(() => world.close());

  const planOf = async (
    filter: SessionFilter,
    sort: SessionSortKey,
    descending: boolean,
    of = practice,
  ): Promise<string> => {
    world.database.plans.length = 0;
    world.database.explains = true;
    try {
      await world.lists.list(of.coach, { ...filter, sort, descending, limit: 25 });
    } finally {
      world.database.explains = false;
    }
    return world.database.plans.join('\n');
  };

  const view = 'all' as const;
  const single: Record<string, (practice: PracticeOfLists) => SessionFilter> = {
    upcoming: () => ({ view: 'upcoming' }),
    past: () => ({ view: 'past' }),
    status: () => ({ view, status: ['no_show'] }),
    type: () => ({ view, type: ['package'] }),
    paymentStatus: () => ({ view, paymentStatus: ['disputed'] }),
    clientId: ({ clients }) => ({ view, clientId: clients[0]?.id ?? '' }),
    clientName: () => ({ view, clientName: 'ALVAR' }),
    seriesId: ({ seriesIds }) => ({ view, seriesId: seriesIds[0] ?? '' }),
    entitlementId: ({ entitlementIds }) => ({ view, entitlementId: entitlementIds[0] ?? '' }),
    reasonCode: () => ({ view, reasonCode: 'illness' }),
    'date range': () => ({
      view,
      startsFrom: new Date('2026-05-01T00:00:00Z'),
      startsTo: new Date('2026-06-01T00:00:00Z'),
    }),
    'status and date range': () => ({
      view,
      status: ['completed'],
      startsFrom: new Date('2026-05-01T00:00:00Z'),
      startsTo: new Date('2026-06-01T00:00:00Z'),
    }),
  };

  it.each(Object.keys(single))(
    'serves the filter by %s with every sort from an index of sessions',
    async (name) => {
      for (const sort of SORTS) {
        for (const descending of [false, true]) {
          const plan = await planOf(single[name]?.(practice) ?? { view }, sort, descending);
          const found = { sort, descending, scansAll: plan.includes('Seq Scan on sessions') };
          expect({ ...found, usesIndex: /on sessions_|using sessions_/.test(plan), plan }).toEqual({
            sort,
            descending,
            scansAll: false,
            usesIndex: true,
            plan,
          });
        }
      }
    },
  );

  it.each(SORTS)('walks the index of the sort by %s, without sorting the practice', async (sort) => {
    for (const descending of [false, true]) {
      const plan = await planOf({ view }, sort, descending);
      expect(plan).toContain(`using ${BY_SORT[sort]} on sessions`);
      // The one sort is that of the page itself.
      expect(plan.match(/Sort Key/g) ?? []).toHaveLength(1);
    }
  });

  it('goes right to the names it looks for when it sorts many clients by name', async () => {
    const many = await world.practice();
    await world.addSessions(many, 1, SESSIONS);
    await world.spread(many, 'Mo Mann', 300);
    await world.database.execute(sql`analyze`);
    for (const descending of [false, true]) {
      const plan = await planOf({ view, clientName: 'mann' }, 'clientName', descending, many);
      expect(plan).toMatch(
        /using sessions_by_client_name on sessions.*\n.*Index Cond:.*client_sort_name = ANY/,
      );
    }
  });

  it('uses the partial index of what is upcoming', async () => {
    expect(await planOf({ view: 'upcoming' }, 'startsAt', false)).toContain('using sessions_upcoming');
  });
});
