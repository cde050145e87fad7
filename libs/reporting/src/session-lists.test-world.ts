import { MikroORM } from '@mikro-orm/core';
import { Test, type TestingModule } from '@nestjs/testing';
import type { Principal } from '@app/accounts';
import { buildClient, buildCoach } from '@app/accounts/testing';
import { newId } from '@app/common';
import { Database, DatabaseModule, sql, type RawBuilder } from '@app/database';
import { createTestDatabase } from '@app/testing';
import { SessionListQueries } from './session-list.queries';

const NAMES = [
  'Änna Álvarez',
  'anna alvarez',
  'Zoe Zimmer',
  'Émile Zola',
  'Emil Ångström',
  'Özlem Öz',
  'Bo Li',
  'bo li',
  'Chloë O’Neill',
  'Dmitri Ivanov',
];

/** A database that remembers how each statement would be carried out, and how many there were. */
export class ExplainingDatabase extends Database {
  readonly plans: string[] = [];
  statements = 0;
  explains = false;

  override async many<Row>(query: RawBuilder<Row>): Promise<Row[]> {
    this.statements += 1;
    if (this.explains) {
      const lines = await super.many(sql<Record<'QUERY PLAN', string>>`explain (costs off) ${query}`);
      this.plans.push(lines.map((line) => line['QUERY PLAN']).join('\n'));
    }
    return super.many(query);
  }
}

export interface PracticeOfLists {
  coach: Principal;
  clients: { id: string; accountId: string | null; name: string }[];
  seriesIds: string[];
  entitlementIds: string[];
}

/** Practices with sessions of every kind, made by a few statements; their mix follows from a seed. */
export class ListsWorld {
  private constructor(
    readonly module: TestingModule,
    readonly database: ExplainingDatabase,
    readonly lists: SessionListQueries,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  static async start(seed: number): Promise<ListsWorld> {
    const testDatabase = await createTestDatabase();
    const module = await Test.createTestingModule({
      imports: [await DatabaseModule.forRoot({ url: testDatabase.url, applicationName: 'test' })],
    }).compile();
    const database = new ExplainingDatabase(module.get(MikroORM));
    await database.execute(
      sql.raw(`create function pick(name text, i bigint, n integer) returns integer language sql immutable as
        $$ select ((hashtextextended(name || ' ' || i, ${seed}) & 2147483647) % n)::integer $$`),
    );
    return new ListsWorld(module, database, new SessionListQueries(database), () => testDatabase.drop());
  }

  async close(): Promise<void> {
    await this.module.close();
    await this.dropDatabase();
  }

  /** A coach with ten clients, terms, an offering and three series. */
  async practice(): Promise<PracticeOfLists> {
    const { database } = this;
    const coachId = await buildCoach(database);
    const clients = [];
    for (const name of NAMES) {
      const { id, accountId } = await buildClient(database, coachId, { displayName: name });
      clients.push({ id, accountId, name });
    }
    await database.execute(sql`
      insert into policies (coach_id, id, line_id, line_version, name, rules, created_at, created_by)
      values (${coachId}::uuid, uuidv7(), uuidv7(), 1, 'Terms', '{}', app_now(), ${coachId}::uuid)`);
    await database.execute(sql`
      insert into offerings (coach_id, id, name, duration_minutes, price_minor, currency, funding_options, created_at, updated_at)
      values (${coachId}::uuid, uuidv7(), 'Session', 60, 0, 'EUR', '{free}', app_now(), app_now())`);
    const seriesIds = [newId(), newId(), newId()];
    await database.execute(sql`
      insert into series (coach_id, id, client_id, state, rule, local_start, timezone, offering_id, offering_name, duration_minutes,
        before_minutes, after_minutes, funding, price_minor, currency, policy_id, policy_rules, materialised_until, horizon_days,
        on_conflict, calendar_uid, created_by, created_at, updated_at)
      select ${coachId}::uuid, s.id, ${clients[0]?.id ?? null}::uuid, 'active', 'FREQ=WEEKLY', '2026-01-05T10:00', 'Europe/Berlin', o.id,
        o.name, 60, 0, 0, 'free', 0, 'EUR', p.id, p.rules, app_now(), 90, 'skip', s.id::text, 'coach', app_now(), app_now()
      from unnest(${seriesIds}::uuid[]) s (id), offerings o, policies p where o.coach_id = ${coachId} and p.coach_id = ${coachId}`);
    const entitlementIds = [newId(), newId(), newId()];
    await database.execute(sql`
      with sold as (
        insert into session_packages (coach_id, id, name, session_count, price_minor, currency, validity_days, expiry_meaning, created_at, updated_at)
        values (${coachId}::uuid, uuidv7(), 'Five sessions', 5, 40000, 'EUR', 90, 'bookBy', app_now(), app_now())
        returning coach_id, id)
      insert into entitlements (coach_id, id, client_id, package_id, package_name, session_count, price_minor, currency, validity_days,
        expiry_meaning, offering_ids, status, awaits_payment_until, created_at, updated_at)
      select sold.coach_id, e.id, ${clients[0]?.id ?? null}::uuid, sold.id, 'Five sessions', 5, 40000, 'EUR', 90, 'bookBy', array[o.id],
        'cancelled', app_now(), app_now(), app_now()
      from sold, unnest(${entitlementIds}::uuid[]) e (id), offerings o where o.coach_id = ${coachId}`);
    return { coach: principal('coach', coachId), clients, seriesIds, entitlementIds };
  }

  /** Adds sessions of the numbers `from` to `to`; many share a start, an amount, a name or a rating. */
  async addSessions(practice: PracticeOfLists, from: number, to: number): Promise<void> {
    const coachId = practice.coach.accountId;
    const clientIds = practice.clients.map(({ id }) => id);
    await this.database.execute(sql`
      insert into sessions (coach_id, id, client_id, offering_id, status, outcome, no_show_by, starts_at, ends_at, local_start, timezone,
        before_minutes, after_minutes, offering_name, funding, price_minor, currency, policy_id, policy_rules, client_sort_name,
        payment_status, net_minor, rating, cancelled_at, cancelled_by, cancel_reason_code, hold_expires_at, booked_at, booked_by,
        updated_at, series_id, original_starts_at, entitlement_id)
      select c.coach_id, gen_random_uuid(), c.id, o.id, s.status,
        case when s.status = 'cancelled' then (array['in_time', 'late', 'by_coach', 'hold_expired', 'abandoned', 'skipped', 'paused'])[1 + pick('outcome', i, 7)] end,
        case when s.status = 'no_show' then 'client' end,
        s.starts_at, s.starts_at + interval '1 hour', s.starts_at at time zone 'Europe/Berlin', 'Europe/Berlin', 0, 0, 'Session', 'free', 0,
        (array['EUR', 'USD', 'JPY'])[1 + pick('currency', i, 3)], p.id, p.rules, c.sort_name,
        (array['free', 'paid', 'paid', 'paid', 'unpaid', 'processing', 'covered_by_package', 'partially_refunded', 'refund_pending',
          'refunded', 'refund_failed', 'failed', 'disputed'])[1 + pick('payment', i, 13)],
        (pick('net', i, 7) - 1) * 1000, case when s.status = 'completed' and pick('rated', i, 3) > 0 then 1 + pick('rating', i, 5) end,
        case when s.status = 'cancelled' then app_now() end, case when s.status = 'cancelled' then 'coach' end,
        case when s.status = 'cancelled' then (array['illness', 'travel', null])[1 + pick('reason', i, 3)] end,
        case when s.status = 'held' then app_now() + interval '15 minutes' end, app_now(), 'client', app_now(),
        case when pick('in series', i, 5) = 0 then (${practice.seriesIds}::uuid[])[1 + pick('series', i, 3)] end,
        case when pick('in series', i, 5) = 0 then timestamptz '2020-01-01 00:00Z' + make_interval(hours => i::int) end,
        case when pick('by credit', i, 4) = 0 then (${practice.entitlementIds}::uuid[])[1 + pick('credit', i, 3)] end
      from generate_series(${from}::bigint, ${to}::bigint) i
      join offerings o on o.coach_id = ${coachId} join policies p on p.coach_id = o.coach_id
      join clients c on c.coach_id = o.coach_id and c.id = (${clientIds}::uuid[])[1 + pick('client', i, 10)]
      cross join lateral (select
        (array['held', 'scheduled', 'scheduled', 'completed', 'completed', 'completed', 'cancelled', 'no_show'])[1 + pick('status', i, 8)] as status,
        timestamptz '2026-01-01 09:00Z' + make_interval(days => pick('day', i, 365), hours => pick('hour', i, 3)) as starts_at) s`);
  }

  /** Adds so many clients of one name, and makes every fourth of the practice's sessions theirs. */
  async spread(practice: PracticeOfLists, name: string, clients: number): Promise<void> {
    const coachId = practice.coach.accountId;
    await this.database.execute(sql`
      with added as (
        insert into clients (coach_id, id, email, display_name, sort_name, timezone, invited_at, created_at, updated_at)
        select ${coachId}::uuid, uuidv7(), n || '@spread.test', ${name} || ' ' || n, ${name} || ', ' || n, 'Europe/Berlin', app_now(),
          app_now(), app_now()
        from generate_series(1, ${clients}::int) n returning id, sort_name),
      numbered as (select id, sort_name, row_number() over () as n from added),
      moved as (select id, 1 + row_number() over () % ${clients}::int as n from sessions where coach_id = ${coachId} and pick('spread', hashtext(id::text), 4) = 0)
      update sessions s set client_id = numbered.id, client_sort_name = numbered.sort_name
      from moved join numbered using (n) where s.coach_id = ${coachId} and s.id = moved.id`);
  }
}

export function principal(kind: Principal['kind'], accountId: string): Principal {
  return {
    accountId,
    kind,
    email: 'x@example.test',
    displayName: 'X',
    timezone: 'Europe/Berlin',
    locale: 'en',
  };
}
