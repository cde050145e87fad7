import { Injectable } from '@nestjs/common';
import {
  Audit,
  assertVersion,
  bookedClientAsJson,
  settingsAsJson,
  type Actor,
  type Principal,
} from '@app/accounts';
import { newId } from '@app/common';
import { Database, sql, violates, type RawBuilder } from '@app/database';
import { soldNow, type Bookable, type Sold } from './bookable';
import { checkedName } from './checked-name';
import { checkedPrice, isPriceFault } from './domain/offering-rules';
import { offeredTo } from './offered-to';
import {
  OFFERING_COLUMNS,
  offeringColumns,
  type OfferingFields,
  type OfferingRecord,
} from './offering-record';
import { OfferingArchived, OfferingNotFound, OfferingRefused } from './offerings.errors';

export type NewOffering = Pick<
  OfferingFields,
  'name' | 'durationMinutes' | 'priceMinor' | 'currency' | 'fundingOptions'
> &
  Partial<OfferingFields>;

export interface OfferingFilter {
  /** Only this coach's, for somebody who is a client of several. */
  coachId?: string;
  /** For the coach: also what is no longer sold. */
  includeArchived?: boolean;
  limit: number;
  /** Id of the last row seen. */
  after?: string;
}

const DEFAULTS: Omit<
  OfferingFields,
  'name' | 'durationMinutes' | 'priceMinor' | 'currency' | 'fundingOptions'
> = {
  description: '',
  bufferBeforeMinutes: null,
  bufferAfterMinutes: null,
  prepMinutes: null,
  platform: null,
  breakoutRooms: false,
  policyId: null,
  chargeTiming: 'free_cancellation_ends',
  chargeHoursBefore: null,
};

/** What coaches sell. An offering is archived, never deleted: its sessions point to it. */
@Injectable()
export class Offerings {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
  ) {}

  /** By time of making; one row more than `limit` says that there are more. Clients see what is sold. */
  async list(principal: Principal, filter: OfferingFilter): Promise<OfferingRecord[]> {
    const conditions: RawBuilder<unknown>[] = [offeredTo(principal, 'o')];
    if (filter.coachId !== undefined) conditions.push(sql`o.coach_id = ${filter.coachId}`);
    if (principal.kind === 'client' || filter.includeArchived !== true)
      conditions.push(sql`o.archived_at is null`);
    if (filter.after !== undefined) conditions.push(sql`o.id > ${filter.after}::uuid`);
    return this.database.many(sql<OfferingRecord>`
      select ${offeringColumns} from offerings o where ${sql.join(conditions, sql` and `)}
      order by o.id limit ${filter.limit + 1}`);
  }

  /** @throws OfferingNotFound also for what is not offered to this person */
  async find(principal: Principal, id: string): Promise<OfferingRecord> {
    const offering = await this.database.maybe(sql<OfferingRecord>`
      select ${offeringColumns} from offerings o
      where o.id = ${id} and ${offeredTo(principal, 'o')} and (${principal.kind} <> 'client' or o.archived_at is null)`);
    if (offering === undefined) throw new OfferingNotFound();
    return offering;
  }

  /** @throws OfferingNotFound */
  async byId(coachId: string, id: string): Promise<OfferingRecord> {
    const offering = await this.database.maybe(
      sql<OfferingRecord>`select ${offeringColumns} from offerings o where o.coach_id = ${coachId} and o.id = ${id}`,
    );
    if (offering === undefined) throw new OfferingNotFound();
    return offering;
  }

  /**
   * An offering whose free times can be asked for.
   *
   * @throws OfferingNotFound, OfferingArchived, PriceOutdated
   */
  async sold(principal: Principal, id: string): Promise<Sold> {
    return soldNow(
      await this.database.maybe(sql<OfferingRecord & Pick<Bookable, 'settings'>>`
        select ${offeringColumns}, ${settingsAsJson} as settings
        from offerings o join coaches c on c.coach_id = o.coach_id
        where o.id = ${id} and ${offeredTo(principal, 'o')}`),
    );
  }

  /**
   * An offering that can be booked now, and all that a booking of it follows: one statement.
   *
   * @throws OfferingNotFound, OfferingArchived, PriceOutdated
   */
  async bookable(principal: Principal, id: string, clientId?: string): Promise<Bookable> {
    const found = await this.database.maybe(sql<OfferingRecord & Omit<Bookable, keyof Sold>>`
      select ${offeringColumns}, ${settingsAsJson} as settings,
        (select json_build_object('id', p.id, 'rules', p.rules) from policies p
          where p.coach_id = o.coach_id and p.id = coalesce(o.policy_id, c.default_policy_id)) as terms,
        ${bookedClientAsJson(principal, 'o.coach_id', clientId)} as client
      from offerings o join coaches c on c.coach_id = o.coach_id
      where o.id = ${id} and ${offeredTo(principal, 'o')}`);
    if (found === undefined) throw new OfferingNotFound();
    const { terms, client, ...sold } = found;
    return { ...soldNow(sold), settings: sold.settings, terms, client };
  }

  /** @throws OfferingRefused for price, currency, ways to pay, or a policy that is not this coach's */
  async create(coachId: string, wanted: NewOffering, actor: Actor): Promise<OfferingRecord> {
    return this.database.transaction(async () => {
      const currency = await this.lockCurrency(coachId);
      const fields = priced(tidied({ ...wanted, ...DEFAULTS, ...given(wanted) }), currency);
      const id = newId();
      const columns = Object.values(OFFERING_COLUMNS).map(([column]) => sql.ref(column));
      await this.write(sql`
        insert into offerings (coach_id, id, ${sql.join(columns)}, created_at, updated_at)
        values (${coachId}::uuid, ${id}::uuid, ${sql.join(valuesOf(fields))}, app_now(), app_now())`);
      await this.record(coachId, id, 1, actor, 'offering.create', { after: { ...fields } });
      return this.byId(coachId, id);
    });
  }

  /**
   * Changes what is given; sessions booked before keep what they were booked with.
   *
   * @throws OfferingNotFound, VersionMismatch, OfferingArchived, OfferingRefused
   */
  async patch(
    coachId: string,
    id: string,
    wantedChanges: Partial<OfferingFields>,
    actor: Actor,
    expectedVersion?: number,
  ): Promise<OfferingRecord> {
    return this.database.transaction(async () => {
      const currency = await this.lockCurrency(coachId);
      const present = await this.lock(coachId, id, expectedVersion);
      if (present.archivedAt !== null) throw new OfferingArchived();
      const changes = given(wantedChanges);
      const wanted = tidied({ ...fieldsOf(present), ...changes });
      const changesPrice = 'priceMinor' in changes || 'currency' in changes || 'fundingOptions' in changes;
      const next = changesPrice ? priced(wanted, currency) : wanted;
      const { before, after } = difference(present, next);
      if (Object.keys(after).length === 0) return present;
      const assignments = Object.entries(OFFERING_COLUMNS)
        .filter(([field]) => field in after)
        .map(
          ([field, [column, type]]) =>
            sql`${sql.ref(column)} = ${next[field as keyof OfferingFields]}::${sql.raw(type)}`,
        );
      await this.write(sql`
        update offerings set ${sql.join(assignments)}, version = version + 1, updated_at = app_now()
        where coach_id = ${coachId} and id = ${id}`);
      await this.record(coachId, id, present.version + 1, actor, 'offering.update', { before, after });
      return this.byId(coachId, id);
    });
  }

  /**
   * Takes the offering from sale. What was booked stays, and history still names it; doing it twice changes nothing.
   *
   * @throws OfferingNotFound, VersionMismatch
   */
  async archive(coachId: string, id: string, actor: Actor, expectedVersion?: number): Promise<void> {
    await this.database.transaction(async () => {
      const present = await this.lock(coachId, id, expectedVersion);
      if (present.archivedAt !== null) return;
      await this.database.execute(sql`
        update offerings set archived_at = app_now(), version = version + 1, updated_at = app_now()
        where coach_id = ${coachId} and id = ${id}`);
      await this.record(coachId, id, present.version + 1, actor, 'offering.archive', {
        before: { archived: false },
        after: { archived: true },
      });
    });
  }

  private async lock(
    coachId: string,
    id: string,
    expectedVersion: number | undefined,
  ): Promise<OfferingRecord> {
    const offering = await this.database.maybe(sql<OfferingRecord>`
      select ${offeringColumns} from offerings o where o.coach_id = ${coachId} and o.id = ${id} for no key update`);
    if (offering === undefined) throw new OfferingNotFound();
    assertVersion(expectedVersion, offering.version);
    return offering;
  }

  /** The currency of the practice, which cannot change before the commit. Comes before the offering's own lock. */
  private async lockCurrency(coachId: string): Promise<string> {
    const { currency } = await this.database.one(
      sql<{ currency: string }>`select currency from coaches where coach_id = ${coachId} for share`,
    );
    return currency;
  }

  private async write(statement: RawBuilder<unknown>): Promise<void> {
    try {
      await this.database.execute(statement);
    } catch (error) {
      if (!violates(error, 'offerings_coach_id_policy_id_fkey')) throw error;
      throw new OfferingRefused('policy_unknown', '/policyId', 'This is not one of your policies.');
    }
  }

  private async record(
    coachId: string,
    id: string,
    version: number,
    actor: Actor,
    action: string,
    change: { before?: Record<string, unknown>; after: Record<string, unknown> },
  ): Promise<void> {
    await this.audit.record({
      coachId,
      actor,
      action,
      objectType: 'offering',
      objectId: id,
      objectVersion: version,
      ...change,
    });
  }
}

/** Without the fields that were left out. */
function given(fields: Partial<OfferingFields>): Partial<OfferingFields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function priced(fields: OfferingFields, coachCurrency: string): OfferingFields {
  const checked = checkedPrice(fields, coachCurrency);
  if (isPriceFault(checked)) throw new OfferingRefused(checked.code, checked.pointer, checked.detail);
  const { priceMinor, currency, fundingOptions } = checked;
  return { ...fields, priceMinor, currency, fundingOptions: [...fundingOptions] };
}

function tidied(fields: OfferingFields): OfferingFields {
  const isTimed = fields.chargeTiming === 'before_start';
  if (isTimed !== (fields.chargeHoursBefore !== null))
    throw new OfferingRefused(
      'charge_time_unclear',
      '/chargeHoursBefore',
      isTimed ? 'Say how many hours before the start.' : 'Goes with the charge timing "before_start" alone.',
    );
  return { ...fields, name: checkedName(fields.name), description: fields.description.trim() };
}

function fieldsOf(record: OfferingRecord): OfferingFields {
  const {
    coachId: _coach,
    id: _id,
    archivedAt: _archived,
    version: _version,
    createdAt: _made,
    updatedAt: _changed,
    ...fields
  } = record;
  return fields;
}

function valuesOf(fields: OfferingFields): RawBuilder<unknown>[] {
  return Object.entries(OFFERING_COLUMNS).map(
    ([field, [, type]]) => sql`${fields[field as keyof OfferingFields]}::${sql.raw(type)}`,
  );
}

function difference(
  present: OfferingRecord,
  next: OfferingFields,
): { before: Record<string, unknown>; after: Record<string, unknown> } {
  const changed = (Object.keys(OFFERING_COLUMNS) as (keyof OfferingFields)[]).filter(
    (field) => JSON.stringify(present[field]) !== JSON.stringify(next[field]),
  );
  return {
    before: Object.fromEntries(changed.map((field) => [field, present[field]])),
    after: Object.fromEntries(changed.map((field) => [field, next[field]])),
  };
}
