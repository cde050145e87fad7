import { Injectable, Logger } from '@nestjs/common';
import { actorOf, Audit, type Principal } from '@app/accounts';
import { Clock, Conflict, newId, NotFound } from '@app/common';
import { Database, sql } from '@app/database';
import { PLATFORM } from '@app/outbox';
import { isSafeToMend, type DifferenceKind, type DifferenceState } from './difference-kinds';
import type { Difference } from './comparison';
import { differenceColumns, type DifferenceRecord } from './reconciliation-record';

export interface DifferenceFilter {
  state?: DifferenceState[];
  kind?: DifferenceKind[];
}

/** Where a difference was met. */
export interface Finding {
  runId: string;
  intentId: string;
  /** Of the payment; undefined for what is nobody's here. */
  payment: { coachId: string; id: string } | undefined;
  /** Business time. */
  at: Date;
}

/** How many differences there are of each kind that are not settled. */
export interface OpenDifferences {
  kind: DifferenceKind;
  state: 'found' | 'raised';
  count: number;
}

export class DifferenceNotFound extends NotFound {
  constructor() {
    super('differences.not_found', 'There is no such difference.');
  }
}

/** Only what was raised waits for a person. */
export class DifferenceNotRaised extends Conflict {
  constructor(state: DifferenceState) {
    super('differences.not_raised', `The difference is ${state}: nobody has to decide about it.`, {
      extensions: { differenceState: state },
    });
  }
}

/** The book of differences: one row each until it is mended by us, found to be gone, or accepted by a person. */
@Injectable()
export class Differences {
  private readonly logger = new Logger(Differences.name);

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly audit: Audit,
  ) {}

  /** Newest first; `limit + 1` rows, so that the caller sees whether there are more. */
  async list(
    filter: DifferenceFilter,
    slice: { limit: number; before?: string },
  ): Promise<DifferenceRecord[]> {
    const conditions = [
      sql`true`,
      ...(filter.state === undefined ? [] : [sql`state = any (${filter.state}::text[])`]),
      ...(filter.kind === undefined ? [] : [sql`kind = any (${filter.kind}::text[])`]),
      ...(slice.before === undefined ? [] : [sql`id < ${slice.before}`]),
    ];
    return this.database.many(sql<DifferenceRecord>`
      select ${differenceColumns} from reconciliation_differences
      where ${sql.join(conditions, sql` and `)} order by id desc limit ${slice.limit + 1}`);
  }

  async open(): Promise<OpenDifferences[]> {
    return this.database.many(sql<OpenDifferences>`
      select kind, state, count(*)::int as count from reconciliation_differences
      where state in ('found', 'raised') group by kind, state`);
  }

  /**
   * A person lets a difference stay as it is: as long as neither side changes, it is not raised again.
   *
   * @throws DifferenceNotFound, DifferenceNotRaised
   */
  async accept(principal: Principal, id: string, reason: string): Promise<DifferenceRecord> {
    return this.database.transaction(async () => {
      const now = await this.clock.now();
      const accepted = await this.database.maybe(sql<DifferenceRecord>`
        update reconciliation_differences set state = 'accepted', accepted_at = ${now}::timestamptz, accept_reason = ${reason}
        where id = ${id} and state = 'raised' returning ${differenceColumns}`);
      if (accepted === undefined) throw await this.refusal(id);
      await this.audit.record({
        coachId: PLATFORM,
        actor: actorOf(principal),
        action: 'difference.accept',
        objectType: 'difference',
        objectId: id,
        cause: reason,
        before: { state: 'raised' },
        after: { state: 'accepted' },
      });
      return accepted;
    });
  }

  private async refusal(id: string): Promise<DifferenceNotFound | DifferenceNotRaised> {
    const found = await this.database.maybe(
      sql<{ state: DifferenceState }>`select state from reconciliation_differences where id = ${id}`,
    );
    return found === undefined ? new DifferenceNotFound() : new DifferenceNotRaised(found.state);
  }

  /**
   * Notes a difference, or that it is still there. What is not safe to mend is raised at once, unless a person has accepted
   * just that.
   */
  async record(finding: Finding, difference: Difference): Promise<string> {
    return (await this.stillAccepted(finding, difference)) ?? this.note(finding, difference);
  }

  private async stillAccepted(
    { runId, at }: Finding,
    { kind, objectId, ours, theirs }: Difference,
  ): Promise<string | undefined> {
    const row = await this.database.maybe(sql<{ id: string }>`
      update reconciliation_differences d set last_run_id = ${runId}::uuid, last_seen_at = ${at}::timestamptz
      where kind = ${kind} and object_id = ${objectId} and state = 'accepted'
        -- What was raised since then has changed, also when it is as before again.
        and not exists (select from reconciliation_differences later
          where later.kind = d.kind and later.object_id = d.object_id and later.id > d.id)
        and ours = ${JSON.stringify(ours)}::jsonb and theirs = ${JSON.stringify(theirs)}::jsonb
      returning id`);
    return row?.id;
  }

  private async note(finding: Finding, difference: Difference): Promise<string> {
    const { kind, objectType, objectId, ours, theirs } = difference;
    const { runId, intentId, payment, at } = finding;
    const isRaised = !isSafeToMend(kind);
    const row = await this.database.one(sql<{ id: string; isNew: boolean }>`
      insert into reconciliation_differences (id, kind, state, object_type, object_id, stripe_payment_intent_id, coach_id, payment_id,
        ours, theirs, first_run_id, last_run_id, found_at, last_seen_at, raised_at)
      values (${newId()}::uuid, ${kind}, ${isRaised ? 'raised' : 'found'}, ${objectType}, ${objectId}, ${intentId},
        ${payment?.coachId ?? null}::uuid, ${payment?.id ?? null}::uuid, ${JSON.stringify(ours)}::jsonb, ${JSON.stringify(theirs)}::jsonb,
        ${runId}::uuid, ${runId}::uuid, ${at}::timestamptz, ${at}::timestamptz, ${isRaised ? at : null}::timestamptz)
      on conflict (kind, object_id) where state in ('found', 'raised') do update
        set last_run_id = excluded.last_run_id, last_seen_at = excluded.last_seen_at, ours = excluded.ours, theirs = excluded.theirs
      returning id, (first_run_id = last_run_id and found_at = last_seen_at) as "isNew"`);
    if (row.isNew && isRaised)
      this.logger.warn(
        { differenceId: row.id, kind, objectId },
        'Stripe differs from us: a person must decide',
      );
    return row.id;
  }

  async mended(id: string, at: Date): Promise<void> {
    await this.database.execute(sql`
      update reconciliation_differences set state = 'mended', mended_at = ${at}::timestamptz, mend_failure = null
      where id = ${id} and state in ('found', 'raised')`);
  }

  /** @param why it could not be mended; names no people */
  async raised(id: string, why: string, at: Date): Promise<void> {
    const rows = await this.database.execute(sql`
      update reconciliation_differences set state = 'raised', raised_at = ${at}::timestamptz, mend_failure = ${why}
      where id = ${id} and state = 'found'`);
    if (rows > 0)
      this.logger.warn(
        { differenceId: id },
        'a difference to Stripe could not be mended: a person must decide',
      );
  }

  /** Settles the open differences of a payment that a run has not met again. */
  async resolveOthers({ runId, intentId, at }: Finding, met: readonly Difference[]): Promise<void> {
    const keys = met.map(({ kind, objectId }) => `${kind} ${objectId}`);
    await this.database.execute(sql`
      update reconciliation_differences set state = 'resolved', last_run_id = ${runId}::uuid, resolved_at = ${at}::timestamptz
      where stripe_payment_intent_id = ${intentId} and state in ('found', 'raised')
        and not (kind || ' ' || object_id = any (${keys}::text[]))`);
  }
}
