import { Injectable } from '@nestjs/common';
import { Conflict, newId, NotFound } from '@app/common';
import { Database, sql } from '@app/database';

/** One job to be done because of one message. */
export interface Delivery {
  coachId: string;
  id: string;
  job: string;
  attempt: number;
  payload: Record<string, unknown>;
}

export interface DeliveryRecord extends Delivery {
  messageType: string;
  createdAt: Date;
  doneAt: Date | null;
  deadAt: Date | null;
  lastError: string | null;
}

export type DeliveryState = 'open' | 'done' | 'dead';

interface MessageRow {
  coachId: string;
  id: string;
  type: string;
  payload: Record<string, unknown>;
}

const columns = sql`d.coach_id as "coachId", d.id, d.job, d.attempt, d.payload`;

@Injectable()
export class Deliveries {
  constructor(private readonly database: Database) {}

  /**
   * Publishes the next messages: numbers them for the feed, writes one delivery per job that wants them, and hands
   * those to `enqueue` after the commit: a worker that takes a job at once must find its delivery. What a crash in
   * between leaves is given to the queue by the re-drive.
   * One relay publishes at a time, so feed numbers become visible in their order.
   *
   * @returns how many messages were published
   * @throws what `enqueue` threw; the next re-drive then tries again
   */
  async publish(
    most: number,
    jobsOf: (type: string) => readonly string[],
    enqueue: (deliveries: Delivery[]) => Promise<void>,
  ): Promise<number> {
    const published = await this.database.transaction(() => this.writeDeliveries(most, jobsOf));
    if (published.deliveries.length > 0) await this.handOver(published.deliveries, enqueue);
    return published.messages;
  }

  private async writeDeliveries(
    most: number,
    jobsOf: (type: string) => readonly string[],
  ): Promise<{ messages: number; deliveries: Delivery[] }> {
    const { alone } = await this.database.one(
      sql<{ alone: boolean }>`select pg_try_advisory_xact_lock(hashtext('outbox-relay')) as alone`,
    );
    if (!alone) return { messages: 0, deliveries: [] };
    const messages = await this.database.many(sql<MessageRow>`
      select coach_id as "coachId", id, type, payload from outbox_messages
      where published_at is null order by id limit ${most} for update skip locked`);
    if (messages.length === 0) return { messages: 0, deliveries: [] };
    const deliveries = messages.flatMap((message) =>
      jobsOf(message.type).map((job) => ({
        ...message,
        id: newId(),
        messageId: message.id,
        job,
        attempt: 1,
      })),
    );
    await this.markPublished(messages);
    await this.insert(deliveries);
    return { messages: messages.length, deliveries };
  }

  /** A queue that is away must not cost the pause that a lost job does: what it did not take is due at once. */
  private async handOver(
    deliveries: Delivery[],
    enqueue: (deliveries: Delivery[]) => Promise<void>,
  ): Promise<void> {
    try {
      await enqueue(deliveries);
    } catch (error) {
      await this.database.execute(sql`
        update outbox_deliveries set enqueued_at = enqueued_at - interval '1 day'
        where (coach_id, id) in (select * from unnest(${deliveries.map((d) => d.coachId)}::uuid[], ${deliveries.map((d) => d.id)}::uuid[]))
          and done_at is null and dead_at is null`);
      throw error;
    }
  }

  private async markPublished(messages: MessageRow[]): Promise<void> {
    await this.database.execute(sql`
      update outbox_messages m set published_at = clock_timestamp(), feed_seq = numbered.feed_seq
      from (select coach_id, id, nextval('outbox_feed_seq') as feed_seq
            from unnest(${messages.map((m) => m.coachId)}::uuid[], ${messages.map((m) => m.id)}::uuid[]) as t (coach_id, id)) numbered
      where m.coach_id = numbered.coach_id and m.id = numbered.id`);
  }

  private async insert(deliveries: (Delivery & { messageId: string })[]): Promise<void> {
    if (deliveries.length === 0) return;
    const rows = deliveries.map(
      (d) =>
        sql`(${d.coachId}::uuid, ${d.id}::uuid, ${d.messageId}::uuid, ${d.job}::text, ${JSON.stringify(d.payload)}::jsonb)`,
    );
    await this.database.execute(
      sql`insert into outbox_deliveries (coach_id, id, message_id, job, payload) values ${sql.join(rows)}`,
    );
  }

  /**
   * Gives what was enqueued and never done to the queue again, under a new job id: the queue may have lost it, or have
   * given it up. What still waits in the queue is left there: else a queue that is slow for a while would be filled
   * with repetitions of its own jobs, and be slower for it.
   *
   * @param olderThanSeconds longer than a job may run
   * @param stillQueued ids of those that wait in the queue under their present attempt
   * @returns how many were old enough, given to the queue or left there
   */
  async redrive(
    olderThanSeconds: number,
    most: number,
    enqueue: (deliveries: Delivery[]) => Promise<void>,
    stillQueued: (deliveries: Delivery[]) => Promise<ReadonlySet<string>> = () => Promise.resolve(new Set()),
  ): Promise<number> {
    return this.database.transaction(async () => {
      const late = await this.database.many(sql<Delivery>`
        select ${columns} from outbox_deliveries d
        where done_at is null and dead_at is null and enqueued_at < clock_timestamp() - make_interval(secs => ${olderThanSeconds})
        order by enqueued_at limit ${most} for update skip locked`);
      if (late.length === 0) return 0;
      const queued = await stillQueued(late);
      const lost = late
        .filter(({ id }) => !queued.has(id))
        .map((delivery) => ({ ...delivery, attempt: delivery.attempt + 1 }));
      await this.noteRedriven(late, lost);
      if (lost.length > 0) await enqueue(lost);
      return late.length;
    });
  }

  private async noteRedriven(late: Delivery[], lost: Delivery[]): Promise<void> {
    const lostIds = lost.map(({ id }) => id);
    await this.database.execute(sql`
      update outbox_deliveries d set enqueued_at = clock_timestamp(),
        attempt = d.attempt + case when d.id = any (${lostIds}::uuid[]) then 1 else 0 end
      from unnest(${late.map(({ coachId }) => coachId)}::uuid[], ${late.map(({ id }) => id)}::uuid[]) as t (coach_id, id)
      where d.coach_id = t.coach_id and d.id = t.id`);
  }

  /** The delivery while it waits to be done; a repeated job finds none. */
  async open(coachId: string, id: string): Promise<Delivery | undefined> {
    return this.database.maybe(sql<Delivery>`
      select ${columns} from outbox_deliveries d
      where d.coach_id = ${coachId} and d.id = ${id} and d.done_at is null and d.dead_at is null`);
  }

  /** Also when another try of it, that ran at the same time, has just been the last to fail. */
  async markDone(coachId: string, id: string): Promise<void> {
    await this.database.execute(sql`
      update outbox_deliveries set done_at = clock_timestamp(), dead_at = null, last_error = null
      where coach_id = ${coachId} and id = ${id} and done_at is null`);
  }

  async recordFailure(coachId: string, id: string, error: string, final: boolean): Promise<void> {
    await this.database.execute(sql`
      update outbox_deliveries
      set last_error = ${error.slice(0, 2_000)}, enqueued_at = clock_timestamp(),
          dead_at = case when ${final} then clock_timestamp() end
      where coach_id = ${coachId} and id = ${id} and done_at is null and dead_at is null`);
  }

  /** Leaves the delivery open; the re-drive gives it to the queue after the pause. */
  async postpone(coachId: string, id: string, reason: string, seconds: number): Promise<void> {
    await this.database.execute(sql`
      update outbox_deliveries
      set last_error = ${reason.slice(0, 2_000)}, enqueued_at = clock_timestamp() + make_interval(secs => ${seconds})
      where coach_id = ${coachId} and id = ${id} and done_at is null and dead_at is null`);
  }

  /** Dead letters and open deliveries for the admins, newest first. */
  async list(state: DeliveryState, limit: number, before?: string): Promise<DeliveryRecord[]> {
    const filter = {
      open: sql`d.done_at is null and d.dead_at is null`,
      done: sql`d.done_at is not null`,
      dead: sql`d.dead_at is not null`,
    }[state];
    return this.database.many(sql<DeliveryRecord>`
      select ${columns}, m.type as "messageType", d.created_at as "createdAt", d.done_at as "doneAt",
             d.dead_at as "deadAt", d.last_error as "lastError"
      from outbox_deliveries d join outbox_messages m on m.coach_id = d.coach_id and m.id = d.message_id
      where ${filter} and (${before ?? null}::uuid is null or d.id < ${before ?? null}::uuid)
      order by d.id desc limit ${limit}`);
  }

  /**
   * Brings a dead letter back; the next re-drive enqueues it.
   *
   * @throws NotFound, or Conflict `outbox.not_dead` when it is open or done
   */
  async retry(id: string): Promise<Delivery> {
    const retried = await this.database.maybe(sql<Delivery>`
      update outbox_deliveries d set dead_at = null, enqueued_at = '-infinity' where d.id = ${id} and d.dead_at is not null
      returning ${columns}`);
    if (retried !== undefined) return retried;
    const found = await this.database.maybe(sql`select from outbox_deliveries where id = ${id}`);
    if (found === undefined) throw new NotFound('outbox.delivery_not_found', 'There is no such delivery.');
    throw new Conflict('outbox.not_dead', 'Only a dead delivery can be retried.');
  }
}
