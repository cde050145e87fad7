import { Injectable } from '@nestjs/common';
import { Audit, type Actor } from '@app/accounts';
import { newId, RuleViolation, singleLine } from '@app/common';
import { Database, sql, type RawBuilder } from '@app/database';
import { NothingThere } from './availability.errors';
import { Availability } from './availability.service';

export const TIME_OFF_KINDS = ['time_off', 'break', 'prep'] as const;
export type TimeOffKind = (typeof TIME_OFF_KINDS)[number];

/** A stretch in which no session starts or runs; whatever its kind, it takes working hours away. */
export interface TimeOffRecord {
  id: string;
  kind: TimeOffKind;
  title: string;
  startsAt: Date;
  endsAt: Date;
  createdAt: Date;
}

export interface NewTimeOff {
  kind: TimeOffKind;
  title?: string;
  startsAt: Date;
  endsAt: Date;
}

export interface TimeOffFilter {
  /** What ends later than this. */
  from?: Date;
  limit: number;
  after?: { startsAt: Date; id: string };
}

export interface CreatedTimeOff extends TimeOffRecord {
  /** Sessions that lie in it, soonest first, at most 100: they stay until somebody moves or cancels them. */
  sessionIds: string[];
}

const columns: RawBuilder<unknown> = sql.raw(
  'id, kind, title, starts_at as "startsAt", ends_at as "endsAt", created_at as "createdAt"',
);

@Injectable()
export class TimeOff {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly availability: Availability,
  ) {}

  /** By beginning; one row more than `limit` says that there are more. */
  async list(coachId: string, { from, limit, after }: TimeOffFilter): Promise<TimeOffRecord[]> {
    const conditions: RawBuilder<unknown>[] = [sql`coach_id = ${coachId}`];
    if (from !== undefined) conditions.push(sql`ends_at > ${from}::timestamptz`);
    if (after !== undefined)
      conditions.push(sql`(starts_at, id) > (${after.startsAt}::timestamptz, ${after.id}::uuid)`);
    return this.database.many(sql<TimeOffRecord>`
      select ${columns} from time_off where ${sql.join(conditions, sql` and `)}
      order by starts_at, id limit ${limit + 1}`);
  }

  /** @throws RuleViolation `availability.time_off_empty` */
  async create(coachId: string, wanted: NewTimeOff, actor: Actor): Promise<CreatedTimeOff> {
    const { kind, startsAt, endsAt } = wanted;
    const title = singleLine(wanted.title ?? '');
    if (startsAt >= endsAt) {
      const detail = 'The end must be later than the beginning.';
      throw new RuleViolation('availability.time_off_empty', detail, {
        errors: [{ pointer: '/endsAt', code: 'availability.time_off_empty', detail }],
      });
    }
    return this.database.transaction(async () => {
      // So that no session is booked into it between the look and the commit without being named.
      await this.availability.lockCoach(coachId);
      const created = await this.database.one(sql<TimeOffRecord>`
        insert into time_off (coach_id, id, kind, title, starts_at, ends_at, created_at)
        values (${coachId}::uuid, ${newId()}::uuid, ${kind}, ${title}, ${startsAt}::timestamptz, ${endsAt}::timestamptz, app_now())
        returning ${columns}`);
      await this.audit.record({
        coachId,
        actor,
        action: 'time_off.create',
        objectType: 'time_off',
        objectId: created.id,
        after: { kind, startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString() },
      });
      return { ...created, sessionIds: await this.sessionsIn(coachId, startsAt, endsAt) };
    });
  }

  /** @throws NothingThere */
  async remove(coachId: string, id: string, actor: Actor): Promise<void> {
    await this.database.transaction(async () => {
      const removed = await this.database.maybe(
        sql<TimeOffRecord>`delete from time_off where coach_id = ${coachId} and id = ${id} returning ${columns}`,
      );
      if (removed === undefined) throw new NothingThere('time_off');
      await this.audit.record({
        coachId,
        actor,
        action: 'time_off.delete',
        objectType: 'time_off',
        objectId: id,
        before: {
          kind: removed.kind,
          startsAt: removed.startsAt.toISOString(),
          endsAt: removed.endsAt.toISOString(),
        },
      });
    });
  }

  private async sessionsIn(coachId: string, from: Date, to: Date): Promise<string[]> {
    const rows = await this.database.many(sql<{ id: string }>`
      select s.id from sessions s
      where s.coach_id = ${coachId} and s.status in ('held', 'scheduled')
        and s.starts_at < ${to}::timestamptz and s.ends_at > ${from}::timestamptz
      order by s.starts_at limit 100`);
    return rows.map(({ id }) => id);
  }
}
