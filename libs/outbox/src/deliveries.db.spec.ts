import { Test, type TestingModule } from '@nestjs/testing';
import { newId } from '@app/common';
import { Database, DatabaseModule, sql } from '@app/database';
import { createTestDatabase, type TestDatabase } from '@app/testing';
import { Deliveries, type Delivery } from './deliveries';
import { Outbox, PLATFORM } from './outbox';
import { OutboxModule } from './outbox.module';

const ROUTES: Record<string, string[]> = {
  'things.made': ['first', 'second'],
  'things.lost': ['first'],
  'things.quiet': [],
};
const routes = (type: string): string[] => ROUTES[type] ?? [];

let testDatabase: TestDatabase;
/** Two workers, each with connections of its own. */
let modules: TestingModule[];
let database: Database;
let deliveries: Deliveries;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  modules = await Promise.all(
    ['one', 'two'].map(async (applicationName) =>
      Test.createTestingModule({
        imports: [await DatabaseModule.forRoot({ url: testDatabase.url, applicationName }), OutboxModule],
      }).compile(),
    ),
  );
  const [module] = modules;
  if (module === undefined) throw new Error('There is no module.');
  database = module.get(Database);
  deliveries = module.get(Deliveries);
});
beforeEach(() => database.execute(sql`truncate outbox_messages, outbox_deliveries`));
afterAll(async () => {
  for (const module of modules) await module.close();
  await testDatabase.drop();
});

async function announce(...types: string[]): Promise<void> {
  const outbox = modules[0]?.get(Outbox);
  await database.transaction(async () => {
    await outbox?.add(...types.map((type) => ({ type, coachId: PLATFORM, payload: { thingId: newId() } })));
  });
}

/** Publishes everything. @returns what reached the queue */
async function publishAll(by = deliveries): Promise<Delivery[]> {
  const queue: Delivery[] = [];
  await by.publish(1_000, routes, async (found) => void queue.push(...found));
  return queue;
}

async function redriven(olderThanSeconds: number, by = deliveries): Promise<Delivery[]> {
  const queue: Delivery[] = [];
  await by.redrive(olderThanSeconds, 1_000, async (found) => void queue.push(...found));
  return queue;
}

async function onlyOne(): Promise<Delivery> {
  await announce('things.lost');
  const [delivery] = await publishAll();
  if (delivery === undefined) throw new Error('Nothing was published.');
  return delivery;
}

const age = (seconds: number): Promise<number> =>
  database.execute(
    sql`update outbox_deliveries set enqueued_at = enqueued_at - make_interval(secs => ${seconds})`,
  );

describe('announcing', () => {
  it('happens in the transaction of the change, or not at all', async () => {
    const outbox = modules[0]?.get(Outbox);
    const event = { type: 'things.made', coachId: PLATFORM, payload: {} };
    await expect(outbox?.add(event)).rejects.toThrow('in the transaction of its change');
    const undone = database.transaction(async () => {
      await outbox?.add(event);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await database.transaction(async () => outbox?.add());
    expect(await publishAll()).toEqual([]);
  });
});

describe('publishing', () => {
  it('writes one delivery per job, numbers every message, and hands over after the commit', async () => {
    await announce('things.made', 'things.quiet', 'things.unknown', 'things.lost');
    const seen: number[] = [];
    const jobs: string[] = [];
    const count = await deliveries.publish(1_000, routes, async (found) => {
      jobs.push(...found.map(({ job }) => job));
      // Another connection sees them already.
      for (const { coachId, id } of found)
        if ((await modules[1]?.get(Deliveries).open(coachId, id)) !== undefined) seen.push(1);
    });
    expect([count, jobs.toSorted(), seen.length]).toEqual([4, ['first', 'first', 'second'], 3]);
    const { numbered } = await database.one(sql<{ numbered: number }>`
      select count(distinct feed_seq)::int as numbered from outbox_messages where published_at is not null`);
    expect(numbered).toBe(4);
    expect(await publishAll()).toEqual([]);
  });

  it('by two relays at once gives each job to the queue once', async () => {
    await announce(...Array.from({ length: 300 }, () => 'things.made'));
    const queue: Delivery[] = [];
    const relay = async (by: Deliveries): Promise<void> => {
      for (let round = 0; round < 60; round += 1)
        await by.publish(20, routes, async (found) => void queue.push(...found));
    };
    await Promise.all(modules.map((module) => relay(module.get(Deliveries))));
    expect(queue).toHaveLength(600);
    expect(new Set(queue.map(({ id }) => id)).size).toBe(600);
    const { gaps } = await database.one(sql<{ gaps: number }>`
      select (max(feed_seq) - min(feed_seq) + 1 - count(*))::int as gaps from outbox_messages`);
    expect(gaps).toBe(0);
  });

  it('to a queue that is away loses nothing, and tries again at once', async () => {
    await announce('things.made');
    const away = deliveries.publish(10, routes, () => Promise.reject(new Error('the queue is away')));
    await expect(away).rejects.toThrow('the queue is away');
    const again = await redriven(90);
    expect(new Map(again.map(({ job, attempt }) => [job, attempt]))).toEqual(
      new Map([
        ['first', 2],
        ['second', 2],
      ]),
    );
  });
});

describe('the re-drive', () => {
  it('takes what is older and not done, under a new attempt, once for two workers', async () => {
    const delivery = await onlyOne();
    expect(await redriven(90)).toEqual([]);
    await age(91);
    const found = await Promise.all(modules.map((module) => redriven(90, module.get(Deliveries))));
    const { coachId, id, job, payload } = delivery;
    expect(found.flat()).toEqual([{ coachId, id, job, payload, attempt: 2 }]);
    expect(await redriven(90)).toEqual([]);
    await deliveries.markDone(delivery.coachId, delivery.id);
    await age(91);
    expect(await redriven(90)).toEqual([]);
  });

  it('leaves alone what still waits in the queue, and asks again after the same pause', async () => {
    await announce('things.lost', 'things.lost');
    const [waiting, lost] = await publishAll();
    const given: Delivery[] = [];
    const redrive = (): Promise<number> =>
      deliveries.redrive(
        90,
        10,
        async (found) => void given.push(...found),
        async (found) => new Set(found.map(({ id }) => id).filter((id) => id === waiting?.id)),
      );
    await age(91);
    expect(await redrive()).toBe(2);
    expect(given).toMatchObject([{ id: lost?.id, attempt: 2 }]);
    expect(await redrive()).toBe(0);
    await age(91);
    const after = await redriven(90);
    expect(Object.fromEntries(after.map(({ id, attempt }) => [id, attempt]))).toEqual({
      [waiting?.id ?? '']: 2,
      [lost?.id ?? '']: 3,
    });
  });

  it('keeps the attempt when the queue is away', async () => {
    const delivery = await onlyOne();
    await age(91);
    const away = deliveries.redrive(90, 10, () => Promise.reject(new Error('away')));
    await expect(away).rejects.toThrow('away');
    expect(await redriven(90)).toMatchObject([{ id: delivery.id, attempt: 2 }]);
  });

  it('waits for what failed a moment ago, and for what was postponed', async () => {
    const delivery = await onlyOne();
    await age(91);
    await deliveries.recordFailure(delivery.coachId, delivery.id, 'no', false);
    expect(await redriven(90)).toEqual([]);
    await deliveries.postpone(delivery.coachId, delivery.id, 'the daily limit', 3_600);
    await age(3_000);
    expect(await redriven(90)).toEqual([]);
    await age(700);
    expect(await redriven(90)).toHaveLength(1);
  });
});

describe('the end of a delivery', () => {
  it('is found by no later job', async () => {
    const { coachId, id } = await onlyOne();
    expect(await deliveries.open(coachId, id)).toMatchObject({ id, attempt: 1 });
    await deliveries.markDone(coachId, id);
    await deliveries.recordFailure(coachId, id, 'too late', true);
    expect(await deliveries.open(coachId, id)).toBeUndefined();
    expect(await deliveries.list('done', 10)).toMatchObject([{ id, lastError: null, deadAt: null }]);
  });

  it('is a dead letter after the last try, which an admin brings back', async () => {
    const { coachId, id } = await onlyOne();
    await expect(deliveries.retry(id)).rejects.toMatchObject({ code: 'outbox.not_dead' });
    await expect(deliveries.retry(newId())).rejects.toMatchObject({ code: 'outbox.delivery_not_found' });
    await deliveries.recordFailure(coachId, id, `Error: ${'x'.repeat(5_000)}`, true);
    await age(91);
    expect(await redriven(90)).toEqual([]);
    const [dead] = await deliveries.list('dead', 10);
    expect(dead).toMatchObject({ id, job: 'first', messageType: 'things.lost' });
    expect(dead?.lastError).toHaveLength(2_000);
    expect(await deliveries.retry(id)).toMatchObject({ coachId, id, job: 'first' });
    expect(await deliveries.list('dead', 10)).toEqual([]);
    expect(await redriven(90)).toMatchObject([{ id, attempt: 2 }]);
  });

  it('is done when one try succeeds while another one gives it up', async () => {
    const { coachId, id } = await onlyOne();
    await deliveries.recordFailure(coachId, id, 'the other try', true);
    await deliveries.markDone(coachId, id);
    expect(await deliveries.list('dead', 10)).toEqual([]);
    expect(await deliveries.list('done', 10)).toMatchObject([{ id }]);
  });

  it('is listed newest first, page by page', async () => {
    await announce('things.made', 'things.made', 'things.lost');
    await publishAll();
    const whole = await deliveries.list('open', 10);
    expect(whole.map(({ id }) => id)).toEqual(
      whole
        .map(({ id }) => id)
        .toSorted()
        .toReversed(),
    );
    const page = await deliveries.list('open', 2, whole[1]?.id);
    expect(page.map(({ id }) => id)).toEqual(whole.slice(2, 4).map(({ id }) => id));
  });
});
