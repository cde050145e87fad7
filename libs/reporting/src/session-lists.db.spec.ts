import type { Principal } from '@app/accounts';
import { sql } from '@app/database';
import { Random } from '../../../test/support/random';
import type { SessionFilter } from './session-filter';
import { ListsWorld, principal, type PracticeOfLists } from './session-lists.test-world';
import { keyOf, type SessionOrder, type SessionSortKey } from './session-order';

const SEED = Number(process.env['LISTS_SEED'] ?? Math.floor(Math.random() * 1_000_000));
const SORTS: readonly SessionSortKey[] = ['startsAt', 'clientName', 'revenue', 'rating'];
const COLLATOR = new Intl.Collator('und');
const EXTRA = 40;

/** A session as it is stored, read without the code of the lists. */
interface Stored {
  id: string;
  coachId: string;
  clientId: string;
  accountId: string;
  clientName: string;
  sortName: string;
  status: string;
  outcome: string | null;
  paymentStatus: string;
  startsAt: Date;
  currency: string;
  netMinor: number;
  rating: number | null;
  seriesId: string | null;
  entitlementId: string | null;
  reasonCode: string | null;
}

describe(`lists against a reference in memory, seed ${SEED} (repeat: LISTS_SEED=${SEED})`, () => {
  const random = new Random(SEED);
  let world: ListsWorld;
  let practice: PracticeOfLists;
  let admin: Principal;
  let client: Principal;
  let stored: Stored[];
  let singles: SessionFilter[];
  let added = 1_000;

  beforeAll(async () => {
    world = await ListsWorld.start(SEED);
    practice = await world.practice();
    const other = await world.practice();
    await world.addSessions(practice, 1, 300);
    await world.addSessions(other, 301, 400);
    admin = principal('admin', practice.coach.accountId);
    client = principal('client', practice.clients[0]?.accountId ?? '');
    singles = singleFilters(practice);
    stored = await readStored();
  }, 60_000);

  afterAll(() => world.close());

  const readStored = (): Promise<Stored[]> =>
    world.database.many(sql<Stored>`
      select s.id, s.coach_id as "coachId", s.client_id as "clientId", c.account_id as "accountId", c.display_name as "clientName",
        s.client_sort_name as "sortName", s.status, s.outcome, s.payment_status as "paymentStatus", s.starts_at as "startsAt",
        s.currency, s.net_minor as "netMinor", s.rating, s.series_id as "seriesId", s.entitlement_id as "entitlementId",
        s.cancel_reason_code as "reasonCode"
      from sessions s join clients c on c.coach_id = s.coach_id and c.id = s.client_id`);

  /** All pages, of a random length each; `between` runs after every page. */
  const walk = async (
    reader: Principal,
    filter: SessionFilter & SessionOrder,
    between?: () => Promise<void>,
  ): Promise<string[]> => {
    const seen: string[] = [];
    let order: SessionOrder = filter;
    for (;;) {
      const limit = 20 + random.below(60);
      const rows = await world.lists.list(reader, { ...filter, ...order, limit });
      const page = rows.slice(0, limit);
      seen.push(...page.map(({ id }) => id));
      const last = page.at(-1);
      if (rows.length <= limit || last === undefined) return seen;
      order = { ...order, after: keyOf(filter.sort, last) };
      await between?.();
    }
  };
  const expectLikeReference = async (
    reader: Principal,
    filter: SessionFilter & SessionOrder,
  ): Promise<number> => {
    const expected = stored
      .filter((row) => reaches(reader, row) && fits(filter, row))
      .sort((a, b) => compare(filter, a, b))
      .map(({ id }) => id);
    const seen = await walk(reader, filter);
    expect({ filter, seen }).toEqual({ filter, seen: expected });
    return expected.length;
  };

  it.each(SORTS.flatMap((sort) => [false, true].map((descending) => ({ sort, descending }))))(
    'A132 A133 A134 A135 A136 A137 A138 A139 A140 walks every filter by $sort, descending: $descending, each row once and in order',
    async (order) => {
      let found = 0;
      for (const filter of singles)
        found += await expectLikeReference(practice.coach, { ...filter, ...order });
      expect(found).toBeGreaterThan(1_000);
    },
    60_000,
  );

  it('walks random combinations of filters, for a coach, a client and an admin', async () => {
    let found = 0;
    for (let count = 0; count < 150; count += 1) {
      const filter = combined(singles, random);
      const order = { sort: random.pick(SORTS), descending: random.next() < 0.5 };
      found += await expectLikeReference(random.pick([practice.coach, client, admin]), {
        ...filter,
        ...order,
      });
    }
    expect(found).toBeGreaterThan(100);
  }, 60_000);

  it('A1 A2 A137 A138 A139 A140 loses and repeats none of the rows while others are added between the pages', async () => {
    for (const sort of SORTS) {
      for (const descending of [false, true]) {
        const filter = { view: 'all' as const, sort, descending };
        const before = (await readStored()).filter((row) => reaches(practice.coach, row));
        const seen = await walk(practice.coach, filter, async () => {
          await world.addSessions(practice, added, added + 2);
          added += 3;
        });
        const after = new Map((await readStored()).map((row) => [row.id, row]));
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen).toEqual(expect.arrayContaining(before.map(({ id }) => id)));
        const rows = seen.map((id) => after.get(id)).filter((row) => row !== undefined);
        expect(rows).toEqual(rows.toSorted((a, b) => compare(filter, a, b)));
      }
    }
    expect(added).toBeGreaterThan(1_000 + EXTRA);
  }, 60_000);

  it('A139 keeps the amounts of one currency together, for an admin who sees every practice', async () => {
    const byId = new Map((await readStored()).map((row) => [row.id, row]));
    const seen = await walk(admin, { view: 'all', sort: 'revenue', descending: true });
    const currencies = seen.map((id) => byId.get(id)?.currency);
    expect(seen).toHaveLength(byId.size);
    expect(currencies.filter((currency, index) => currency !== currencies[index - 1])).toEqual([
      'USD',
      'JPY',
      'EUR',
    ]);
  });

  it('finds the sessions of a client by the new name before the worker has followed the renaming', async () => {
    const [renamed] = practice.clients;
    await world.database.execute(sql`
      update clients set display_name = 'Quinn Quist', sort_name = 'Quist, Quinn' where id = ${renamed?.id ?? null}::uuid`);
    stored = await readStored();
    for (const sort of SORTS)
      for (const descending of [false, true]) {
        const filter = { view: 'all' as const, clientName: 'quist', sort, descending };
        expect(await expectLikeReference(practice.coach, filter)).toBeGreaterThan(10);
      }
  });

  it('reads a page of any length with the same few statements', async () => {
    const counted = async (limit: number): Promise<number> => {
      const before = world.database.statements;
      await world.lists.list(practice.coach, {
        view: 'all',
        clientName: 'o',
        sort: 'rating',
        descending: true,
        limit,
      });
      return world.database.statements - before;
    };
    const [short, long] = [await counted(1), await counted(100)];
    expect(long).toBe(short);
    expect(long).toBeLessThanOrEqual(3);
  });

  it('counts what all pages have together', async () => {
    for (const filter of singles) {
      const { total, totalIsCapped } = await world.lists.total(practice.coach, filter);
      const rows = (await readStored()).filter((row) => reaches(practice.coach, row) && fits(filter, row));
      expect({ filter, total, totalIsCapped }).toEqual({ filter, total: rows.length, totalIsCapped: false });
    }
  });
});

function reaches(reader: Principal, row: Stored): boolean {
  if (reader.kind === 'admin') return true;
  return reader.accountId === (reader.kind === 'coach' ? row.coachId : row.accountId);
}

function fits(filter: SessionFilter, row: Stored): boolean {
  const isHidden = ['skipped', 'paused', 'abandoned', 'hold_expired'].includes(row.outcome ?? '');
  const isOpen = row.status === 'held' || row.status === 'scheduled';
  if (filter.view === 'upcoming' && !isOpen) return false;
  if (filter.view === 'past' && (isOpen || isHidden)) return false;
  const types = [
    ...(row.seriesId === null ? [] : ['recurring']),
    ...(row.entitlementId === null ? [] : ['package']),
  ];
  if (types.length === 0) types.push('single');
  return (
    (filter.status?.includes(row.status) ?? true) &&
    (filter.type?.some((type) => types.includes(type)) ?? true) &&
    (filter.paymentStatus?.includes(row.paymentStatus) ?? true) &&
    (filter.clientId ?? row.clientId) === row.clientId &&
    plain(row.clientName).includes(plain(filter.clientName ?? '')) &&
    (filter.seriesId ?? row.seriesId) === row.seriesId &&
    (filter.entitlementId ?? row.entitlementId) === row.entitlementId &&
    (filter.reasonCode ?? row.reasonCode) === row.reasonCode &&
    (filter.startsFrom === undefined || row.startsAt >= filter.startsFrom) &&
    (filter.startsTo === undefined || row.startsAt < filter.startsTo)
  );
}

function plain(name: string): string {
  return name.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** Unrated sessions are last both ways, the latest of them first. */
function compare({ sort, descending }: SessionOrder, a: Stored, b: Stored): number {
  if (sort === 'rating' && (a.rating === null || b.rating === null)) {
    if (a.rating !== null) return -1;
    if (b.rating !== null) return 1;
    return b.startsAt.getTime() - a.startsAt.getTime() || byText(b.id, a.id);
  }
  const up = {
    startsAt: () => a.startsAt.getTime() - b.startsAt.getTime(),
    clientName: () => COLLATOR.compare(a.sortName, b.sortName) || byText(a.sortName, b.sortName),
    revenue: () => byText(a.currency, b.currency) || a.netMinor - b.netMinor,
    rating: () => (a.rating ?? 0) - (b.rating ?? 0),
  }[sort]();
  const difference = up || byText(a.id, b.id);
  return descending ? -difference : difference;
}

function byText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function singleFilters({ clients, seriesIds, entitlementIds }: PracticeOfLists): SessionFilter[] {
  const view = 'all' as const;
  return [
    { view: 'upcoming' },
    { view: 'past' },
    { view },
    { view, status: ['no_show'] },
    { view, status: ['completed', 'cancelled'] },
    { view, type: ['single'] },
    { view, type: ['package'] },
    { view, type: ['recurring', 'single'] },
    { view, paymentStatus: ['failed'] },
    { view, paymentStatus: ['paid', 'refunded', 'disputed'] },
    ...clients.slice(0, 2).map(({ id }) => ({ view, clientId: id })),
    { view, clientName: 'ALVAR' },
    { view, clientName: 'ö' },
    { view, clientName: 'nobody has this name' },
    ...seriesIds.slice(0, 1).map((seriesId) => ({ view, seriesId })),
    ...entitlementIds.slice(0, 1).map((entitlementId) => ({ view, entitlementId })),
    { view, reasonCode: 'illness' },
    { view, startsFrom: new Date('2026-03-01T09:00:00Z'), startsTo: new Date('2026-06-01T10:00:00Z') },
    { view, startsFrom: new Date('2026-11-01T09:00:00Z') },
  ];
}

/** Two to four of the filters together. */
function combined(singles: SessionFilter[], random: Random): SessionFilter {
  const chosen = Array.from({ length: 2 + random.below(3) }, () => random.pick(singles));
  return Object.assign({}, ...chosen) as SessionFilter;
}
