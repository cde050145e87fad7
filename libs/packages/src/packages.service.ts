import { Injectable } from '@nestjs/common';
import { Audit, assertVersion, type Actor, type Principal } from '@app/accounts';
import { Invalid, newId, singleLine } from '@app/common';
import { Database, sql, together, violates, type RawBuilder } from '@app/database';
import { checkedPackagePrice } from './domain/package-price';
import { packageColumns, type PackageFields, type PackageRecord } from './package-record';
import { PackageArchived, PackageNotFound, PackageRefused } from './packages.errors';

export interface PackageFilter {
  /** Only this coach's, for somebody who is a client of several. */
  coachId?: string;
  /** For the coach: also what is no longer sold. */
  includeArchived?: boolean;
  limit: number;
  /** Id of the last row seen. */
  after?: string;
}

export type PackageChanges = Partial<PackageFields> & { archived?: boolean };

const LONGEST_NAME = 120;

/** What coaches sell as several sessions at once. A package is archived, never deleted: what was bought points to it. */
@Injectable()
export class Packages {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
  ) {}

  /** By time of making; one row more than `limit` says that there are more. Clients see what is sold. */
  async list(principal: Principal, filter: PackageFilter): Promise<PackageRecord[]> {
    const conditions: RawBuilder<unknown>[] = [soldTo(principal)];
    if (filter.coachId !== undefined) conditions.push(sql`k.coach_id = ${filter.coachId}`);
    if (filter.includeArchived !== true) conditions.push(sql`k.archived_at is null`);
    if (filter.after !== undefined) conditions.push(sql`k.id > ${filter.after}::uuid`);
    return this.database.many(sql<PackageRecord>`
      select ${packageColumns} from session_packages k where ${sql.join(conditions, sql` and `)}
      order by k.id limit ${filter.limit + 1}`);
  }

  /** @throws PackageNotFound also for what is not sold to this person */
  async find(principal: Principal, id: string): Promise<PackageRecord> {
    return this.one(sql`k.id = ${id} and ${soldTo(principal)}`);
  }

  /** @throws PackageNotFound */
  async byId(coachId: string, id: string): Promise<PackageRecord> {
    return this.one(sql`k.coach_id = ${coachId} and k.id = ${id}`);
  }

  /** @throws PackageRefused for price, currency, or an offering that is not this coach's */
  async create(coachId: string, wanted: PackageFields, actor: Actor): Promise<PackageRecord> {
    return this.database.transaction(async () => {
      const fields = priced(tidied(wanted), await this.lockCurrency(coachId));
      const id = newId();
      await this.write(
        sql`insert into session_packages
          (coach_id, id, name, session_count, price_minor, currency, validity_days, expiry_meaning, created_at, updated_at)
          values (${coachId}::uuid, ${id}::uuid, ${fields.name}, ${fields.sessionCount}::int, ${fields.priceMinor}::bigint,
            ${fields.currency}, ${fields.validityDays}::int, ${fields.expiryMeaning}, app_now(), app_now())`,
        insertOfferings(coachId, id, fields.offeringIds),
      );
      await this.record(coachId, id, 1, actor, 'package.create', { after: { ...fields } });
      return this.byId(coachId, id);
    });
  }

  /**
   * Changes what is given, and takes the package from sale or back on sale; what was bought before stays as bought.
   *
   * @throws PackageNotFound, VersionMismatch, PackageArchived, PackageRefused
   */
  async patch(
    coachId: string,
    id: string,
    { archived, ...changes }: PackageChanges,
    actor: Actor,
    expectedVersion?: number,
  ): Promise<PackageRecord> {
    return this.database.transaction(async () => {
      const currency = await this.lockCurrency(coachId);
      const present = await this.lock(coachId, id);
      assertVersion(expectedVersion, present.version);
      const staysArchived = archived ?? present.archivedAt !== null;
      const wanted = tidied({ ...fieldsOf(present), ...given(changes) });
      const pricing = changes.priceMinor !== undefined || changes.currency !== undefined;
      const next = pricing ? priced(wanted, currency) : wanted;
      const change = difference(
        { ...fieldsOf(present), archived: present.archivedAt !== null },
        { ...next, archived: staysArchived },
      );
      if (Object.keys(change.after).length === 0) return present;
      if (present.archivedAt !== null && staysArchived) throw new PackageArchived();
      await this.update(coachId, id, next, staysArchived);
      await this.record(coachId, id, present.version + 1, actor, 'package.update', change);
      return this.byId(coachId, id);
    });
  }

  private async update(
    coachId: string,
    id: string,
    fields: PackageFields,
    isArchived: boolean,
  ): Promise<void> {
    const { offeringIds } = fields;
    await this.write(
      sql`update session_packages set name = ${fields.name}, session_count = ${fields.sessionCount}::int,
          price_minor = ${fields.priceMinor}::bigint, currency = ${fields.currency}, validity_days = ${fields.validityDays}::int,
          expiry_meaning = ${fields.expiryMeaning}, version = version + 1, updated_at = app_now(),
          archived_at = case when ${isArchived}::boolean then coalesce(archived_at, app_now()) end
        where coach_id = ${coachId} and id = ${id}`,
      sql`delete from session_package_offerings
        where coach_id = ${coachId} and package_id = ${id} and offering_id <> all (${offeringIds}::uuid[])`,
      insertOfferings(coachId, id, offeringIds),
    );
  }

  private async one(condition: RawBuilder<unknown>): Promise<PackageRecord> {
    const found = await this.database.maybe(
      sql<PackageRecord>`select ${packageColumns} from session_packages k where ${condition}`,
    );
    if (found === undefined) throw new PackageNotFound();
    return found;
  }

  private async lock(coachId: string, id: string): Promise<PackageRecord> {
    return this.one(sql`k.coach_id = ${coachId} and k.id = ${id} for no key update of k`);
  }

  /** The currency of the practice, which cannot change before the commit. Comes before the package's own lock. */
  private async lockCurrency(coachId: string): Promise<string> {
    const { currency } = await this.database.one(
      sql<{ currency: string }>`select currency from coaches where coach_id = ${coachId} for share`,
    );
    return currency;
  }

  private async write(...statements: RawBuilder<unknown>[]): Promise<void> {
    try {
      await this.database.execute(together(...statements));
    } catch (error) {
      if (!violates(error, 'session_package_offerings_coach_id_offering_id_fkey')) throw error;
      throw new PackageRefused('offering_unknown', '/offeringIds', 'These are not all offerings of yours.');
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
      objectType: 'package',
      objectId: id,
      objectVersion: version,
      ...change,
    });
  }
}

/** A coach's own, an admin's all, and what the coaches of a client sell: a foreign id is then simply not found. */
function soldTo(principal: Principal): RawBuilder<unknown> {
  switch (principal.kind) {
    case 'admin':
      return sql`true`;
    case 'coach':
      return sql`k.coach_id = ${principal.accountId}::uuid`;
    case 'client':
      return sql`k.archived_at is null and k.coach_id in
        (select m.coach_id from clients m where m.account_id = ${principal.accountId}::uuid and m.removed_at is null)`;
  }
}

function insertOfferings(coachId: string, packageId: string, offeringIds: string[]): RawBuilder<unknown> {
  return sql`insert into session_package_offerings (coach_id, package_id, offering_id)
    select ${coachId}::uuid, ${packageId}::uuid, unnest(${offeringIds}::uuid[]) on conflict do nothing`;
}

/** Without the fields that were left out. */
function given(fields: Partial<PackageFields>): Partial<PackageFields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function tidied(fields: PackageFields): PackageFields {
  const name = singleLine(fields.name);
  if (name.length < 1 || name.length > LONGEST_NAME) {
    const detail = `A name has 1 to ${LONGEST_NAME} characters.`;
    throw new Invalid('packages.name_invalid', detail, {
      errors: [{ pointer: '/name', code: 'packages.name_invalid', detail }],
    });
  }
  return { ...fields, name, offeringIds: [...new Set(fields.offeringIds)].toSorted() };
}

function priced(fields: PackageFields, coachCurrency: string): PackageFields {
  const checked = checkedPackagePrice(fields.priceMinor, fields.currency, coachCurrency);
  if (typeof checked !== 'number') throw new PackageRefused(checked.code, checked.pointer, checked.detail);
  return { ...fields, priceMinor: checked };
}

function fieldsOf(record: PackageRecord): PackageFields {
  const { name, sessionCount, priceMinor, currency, validityDays, expiryMeaning, offeringIds } = record;
  return { name, sessionCount, priceMinor, currency, validityDays, expiryMeaning, offeringIds };
}

type Compared = PackageFields & { archived: boolean };

function difference(
  present: Compared,
  next: Compared,
): { before: Record<string, unknown>; after: Record<string, unknown> } {
  const changed = (Object.keys(next) as (keyof Compared)[]).filter(
    (field) => JSON.stringify(present[field]) !== JSON.stringify(next[field]),
  );
  return {
    before: Object.fromEntries(changed.map((field) => [field, present[field]])),
    after: Object.fromEntries(changed.map((field) => [field, next[field]])),
  };
}
