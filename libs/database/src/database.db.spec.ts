import { Test, type TestingModule } from '@nestjs/testing';
import { Clock, Conflict } from '@app/common';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { sql } from 'kysely';
import { Client } from 'pg';
import { Database } from './database';
import { DatabaseModule } from './database.module';
import { pendingMigrations } from './migrate';
import { isDatabaseDown, isRetryable, violates } from './postgres-errors';
import { together, togetherWith } from './together';
import { isInTransaction } from './transaction-scope';

let testDatabase: TestDatabase;
let nest: TestingModule;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  nest = await Test.createTestingModule({
    imports: [await DatabaseModule.forRoot({ url: testDatabase.url, applicationName: 'spec', poolSize: 4 })],
  }).compile();
  database = nest.get(Database);
  await database.execute(
    sql`create table things (id int primary key, name text not null default '', amount bigint not null default 0)`,
  );
  await database.execute(
    sql`create table parts (id int primary key, thing_id int not null references things)`,
  );
});
beforeEach(() => database.execute(sql`truncate things, parts`));
afterAll(async () => {
  await nest.close();
  await testDatabase.drop();
});

const insert = (id: number, name = ''): Promise<number> =>
  database.execute(sql`insert into things (id, name) values (${id}, ${name})`);
const names = async (): Promise<string[]> =>
  (await database.many(sql<{ name: string }>`select name from things order by id`)).map(({ name }) => name);
const transactionId = async (): Promise<string> =>
  (await database.one(sql<{ id: string }>`select pg_current_xact_id()::text as id`)).id;

describe('Database.transaction', () => {
  it('commits what succeeded, and nothing of what failed', async () => {
    await database.transaction(() => insert(1, 'kept'));
    const failing = database.transaction(async () => {
      await insert(2, 'lost');
      throw new Error('in the middle');
    });
    await expect(failing).rejects.toThrow('in the middle');
    expect(await names()).toEqual(['kept']);
  });

  it('joins the one that is open: one transaction, and its end undoes all', async () => {
    const failing = database.transaction(async () => {
      const outer = await transactionId();
      await database.transaction(async () => {
        expect(await transactionId()).toBe(outer);
        await insert(1);
      });
      throw new Error('after the inner one');
    });
    await expect(failing).rejects.toThrow('after the inner one');
    expect(await names()).toEqual([]);
  });

  it('lets nobody go on after a statement that failed inside it', async () => {
    const caught = database.transaction(async () => {
      await insert(1);
      await database.transaction(() => insert(1)).catch(() => undefined);
      await insert(2);
    });
    await expect(caught).rejects.toMatchObject({ code: '25P02' });
    expect(await names()).toEqual([]);
  });

  it('keeps each caller to a transaction of its own, and is left by what nobody awaited', async () => {
    let late: Promise<boolean> | undefined;
    const ids = await Promise.all(
      [1, 2].map((id) =>
        database.transaction(async () => {
          await insert(id);
          late ??= new Promise((resolve) => setTimeout(() => resolve(isInTransaction()), 100));
          return transactionId();
        }),
      ),
    );
    expect(new Set(ids).size).toBe(2);
    expect(isInTransaction()).toBe(false);
    expect(await late).toBe(false);
  });

  it('does the whole work again after a deadlock', async () => {
    await insert(1);
    await insert(2);
    let runs = 0;
    let arrive = (): void => undefined;
    const bothArrived = new Promise<void>((resolve) => {
      const waiting: number[] = [];
      arrive = () => {
        if (waiting.push(1) === 2) resolve();
      };
    });
    const add = (first: number, second: number): Promise<void> =>
      database.transaction(async () => {
        runs += 1;
        await database.execute(sql`update things set amount = amount + 1 where id = ${first}`);
        arrive();
        await bothArrived;
        await database.execute(sql`update things set amount = amount + 1 where id = ${second}`);
      });
    await Promise.all([add(1, 2), add(2, 1)]);
    expect(runs).toBe(3);
    const rows = await database.many(sql<{ amount: number }>`select amount from things`);
    expect(rows).toEqual([{ amount: 2 }, { amount: 2 }]);
  });

  it('says that it is busy when the same failure comes time after time', async () => {
    let runs = 0;
    const failing = database.transaction(async () => {
      runs += 1;
      await database.execute(sql`do $$ begin raise sqlstate '40001'; end $$`);
    });
    await expect(failing).rejects.toMatchObject({ code: 'calendar-busy' });
    expect(runs).toBe(4);
  });

  it('repeats no other failure', async () => {
    let runs = 0;
    const failing = database.transaction(async () => {
      runs += 1;
      await insert(1);
      await insert(1);
    });
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    expect(runs).toBe(1);
  });

  it('says that it is busy when a lock is not to be had in three seconds', async () => {
    await insert(1);
    const other = new Client({ connectionString: testDatabase.url });
    await other.connect();
    await other.query('begin');
    await other.query('select from things for update');
    const waiting = database.transaction(() => database.execute(sql`update things set amount = 1`));
    const error = await waiting.catch((reason: unknown) => reason);
    await other.end();
    expect(error).toBeInstanceOf(Conflict);
    expect(error).toMatchObject({ code: 'calendar-busy', extensions: { retryAfterSeconds: 1 } });
  });
});

describe('statements', () => {
  it('bind their values: what looks like SQL is text', async () => {
    const hostile = `'); drop table things; --`;
    await insert(1, hostile);
    expect(await names()).toEqual([hostile]);
  });

  it('together stand or fall as one, whatever their order, with foreign keys checked at the end', async () => {
    const part = sql`insert into parts (id, thing_id) values (1, 7)`;
    await database.execute(together(part, sql`insert into things (id) values (7)`));
    const failing = database.execute(
      together(sql`insert into things (id) values (8)`, sql`insert into parts (id, thing_id) values (1, 8)`),
    );
    const error = await failing.catch((reason: unknown) => reason);
    expect(violates(error, 'parts_pkey')).toBe(true);
    expect(await database.many(sql`select id from things`)).toEqual([{ id: 7 }]);
    // The question sees the state before.
    const asked = togetherWith(
      sql<{ count: number }>`select count(*)::int as count from things`,
      sql`delete from parts`,
    );
    expect(await database.one(asked)).toEqual({ count: 1 });
  });

  it('say how many rows they changed, and one refuses to find none', async () => {
    await insert(1);
    await insert(2);
    expect(await database.execute(sql`update things set amount = 5`)).toBe(2);
    expect(await database.maybe(sql`select 1 from things where id = 9`)).toBeUndefined();
    await expect(database.one(sql`select 1 from things where id = 9`)).rejects.toThrow('returned none');
  });

  it('give amounts as numbers, instants as Dates, dates and wall times as text', async () => {
    const row = await database.one(sql`
      select 9007199254740991::bigint as amount, '2027-03-28 01:30:00+00'::timestamptz as instant,
        '2027-03-28'::date as date, '2027-03-28 02:30:00'::timestamp as wall`);
    expect(row).toEqual({
      amount: Number.MAX_SAFE_INTEGER,
      instant: new Date('2027-03-28T01:30:00Z'),
      date: '2027-03-28',
      wall: '2027-03-28T02:30:00',
    });
  });

  it('with values are prepared once per connection; without, and of many shapes, they run as they are', async () => {
    await database.transaction(async () => {
      for (let id = 1; id <= 3; id += 1) await insert(id, `name ${id}`);
      const prepared = await database.many(sql<{ name: string; calls: number }>`
        select name, (generic_plans + custom_plans)::int as calls from pg_prepared_statements
        where statement like 'insert into things (id, name)%'`);
      expect(prepared[0]?.calls).toBeGreaterThanOrEqual(3);
      expect(prepared).toEqual([{ name: expect.stringMatching(/^q_/), calls: expect.any(Number) }]);
      // More texts than are kept prepared.
      for (let width = 1; width <= 520; width += 1) {
        const values = sql.join(Array.from({ length: (width % 60) + 1 }, (_, index) => sql`${index}::int`));
        const { sum } = await database.one(sql<{ sum: number }>`
          select sum(v)::int as sum from unnest(array[${values}]) v ${sql.raw(`/* ${width} */`)}`);
        expect(sum).toBe(((width % 60) * ((width % 60) + 1)) / 2);
      }
      const { count } = await database.one(
        sql<{ count: number }>`select count(*)::int as count from pg_prepared_statements`,
      );
      expect(count).toBeLessThanOrEqual(500);
    });
    expect(await names()).toHaveLength(3);
  });
});

describe('errors of PostgreSQL', () => {
  it('are told apart', async () => {
    const failure = (statement: ReturnType<typeof sql>): Promise<unknown> =>
      database.execute(statement).then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(isRetryable(await failure(sql`do $$ begin raise sqlstate '40001'; end $$`))).toBe(true);
    expect(isRetryable(await failure(sql`select 1 / 0`))).toBe(false);
    expect(isDatabaseDown(await failure(sql`do $$ begin raise sqlstate '57P01'; end $$`))).toBe(true);
    expect(isDatabaseDown(new Error('connect ECONNREFUSED 127.0.0.1:1'))).toBe(true);
    expect(isDatabaseDown(new Error('anything else'))).toBe(false);
    expect(violates({ code: 'ECONNRESET', constraint: 'things_pkey' }, 'things_pkey')).toBe(false);
  });
});

describe('business time', () => {
  it("is the database's clock plus the offset, in SQL and in the injected clock alike", async () => {
    await database.execute(sql`update clock_offset set seconds = 86400`);
    const aheadMs = (await nest.get(Clock, { strict: false }).now()).getTime() - Date.now();
    expect(Math.abs(aheadMs - 86_400_000)).toBeLessThan(5_000);
    await database.execute(sql`update clock_offset set seconds = 0`);
  });
});

describe('the schema', () => {
  it('has nothing pending, and takes no change of what is append-only', async () => {
    expect(await pendingMigrations(testDatabase.url)).toEqual([]);
    await database.execute(sql`
      insert into audit_entries (coach_id, id, at, actor_kind, action, object_type, object_id)
      values (uuidv7(), uuidv7(), app_now(), 'worker', 'x', 'x', uuidv7())`);
    await expect(database.execute(sql`update audit_entries set action = 'y'`)).rejects.toMatchObject({
      code: '23001',
    });
    await expect(database.execute(sql`delete from audit_entries`)).rejects.toMatchObject({ code: '23001' });
  });
});
