import { Injectable } from '@nestjs/common';
import { Audit, CoachSettings, WORKER, type Actor, type Principal } from '@app/accounts';
import { newId } from '@app/common';
import { Database, sql, type RawBuilder } from '@app/database';
import { checkedName } from './checked-name';
import { DEFAULT_PRESET } from './domain/policy-presets';
import type { PolicyRules } from './domain/policy-rules';
import { assertPolicyRules } from './domain/policy-validation';
import { offeredTo } from './offered-to';
import { PolicyNotFound } from './offerings.errors';

/** One version of one line of terms. A row never changes; bookings point to the version they were made under. */
export interface PolicyRecord {
  coachId: string;
  id: string;
  lineId: string;
  lineVersion: number;
  name: string;
  rules: PolicyRules;
  createdAt: Date;
}

export interface NewPolicy {
  name: string;
  rules: unknown;
  /** Any version of the line that this one follows; left out, it begins a line of its own. */
  replacesPolicyId?: string;
  /** Makes it what applies where an offering names none. */
  useAsDefault?: boolean;
}

export interface PolicyFilter {
  /** Only this coach's, for somebody who is a client of several. */
  coachId?: string;
  limit: number;
  /** Line of the last row seen. */
  afterLine?: string;
}

const columns: RawBuilder<unknown> = sql.raw(
  'p.coach_id as "coachId", p.id, p.line_id as "lineId", p.line_version as "lineVersion", p.name, p.rules, p.created_at as "createdAt"',
);

/** Cancellation terms of coaches: versions that are only ever added. */
@Injectable()
export class Policies {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly settings: CoachSettings,
  ) {}

  /**
   * Stores new terms, or the next version of a line. What names an older version of that line, the default included, names
   * the new one from now on; bookings keep theirs (A88).
   *
   * @throws RuleViolation `policies.rules_invalid`; PolicyNotFound for a line that is not this coach's
   */
  async create(coachId: string, wanted: NewPolicy, actor: Actor): Promise<PolicyRecord> {
    const rules = assertPolicyRules(wanted.rules);
    const name = checkedName(wanted.name);
    return this.database.transaction(async () => {
      await this.lockLines(coachId);
      const id = newId();
      const line = await this.nextOfLine(coachId, wanted.replacesPolicyId, id);
      await this.database.execute(sql`
        insert into policies (coach_id, id, line_id, line_version, name, rules, created_at, created_by)
        values (${coachId}::uuid, ${id}::uuid, ${line.lineId}::uuid, ${line.lineVersion}, ${name},
          ${JSON.stringify(rules)}::jsonb, app_now(), ${actor.accountId ?? coachId}::uuid)`);
      await this.audit.record({
        coachId,
        actor,
        action: 'policy.create',
        objectType: 'policy',
        objectId: id,
        objectVersion: line.lineVersion,
        after: { name, lineId: line.lineId, rules },
      });
      if (line.lineVersion > 1) await this.moveOfferings(coachId, line.lineId, id, actor);
      if (wanted.useAsDefault === true || (await this.isDefaultLine(coachId, line.lineId))) {
        await this.makeDefault(coachId, id, actor);
      }
      return this.byId(coachId, id);
    });
  }

  /** The latest version of each line on offer to this person, by line; one row more than `limit` says that there are more. */
  async list(principal: Principal, filter: PolicyFilter): Promise<PolicyRecord[]> {
    const conditions: RawBuilder<unknown>[] = [offeredTo(principal, 'p')];
    if (filter.coachId !== undefined) conditions.push(sql`p.coach_id = ${filter.coachId}`);
    if (filter.afterLine !== undefined) conditions.push(sql`p.line_id > ${filter.afterLine}::uuid`);
    return this.database.many(sql<PolicyRecord>`
      select ${columns} from policies p
      where ${sql.join(conditions, sql` and `)} and not exists (
        select from policies n where n.coach_id = p.coach_id and n.line_id = p.line_id and n.line_version > p.line_version)
      order by p.line_id limit ${filter.limit + 1}`);
  }

  /**
   * Any version, also an old one.
   *
   * @throws PolicyNotFound
   */
  async byId(coachId: string, id: string): Promise<PolicyRecord> {
    const policy = await this.database.maybe(
      sql<PolicyRecord>`select ${columns} from policies p where p.coach_id = ${coachId} and p.id = ${id}`,
    );
    if (policy === undefined) throw new PolicyNotFound();
    return policy;
  }

  /** @throws PolicyNotFound also for terms of a coach this person has nothing to do with */
  async find(principal: Principal, id: string): Promise<PolicyRecord> {
    const policy = await this.database.maybe(
      sql<PolicyRecord>`select ${columns} from policies p where p.id = ${id} and ${offeredTo(principal, 'p')}`,
    );
    if (policy === undefined) throw new PolicyNotFound();
    return policy;
  }

  /** Id of the terms under which an offering is booked now: its own, else the coach's default. */
  async appliesTo(offering: { coachId: string; policyId: string | null }): Promise<string> {
    return offering.policyId ?? (await this.ensureDefault(offering.coachId));
  }

  /** The terms that apply to each of these offerings, in their order. */
  async termsOf(offerings: readonly { coachId: string; policyId: string | null }[]): Promise<PolicyRecord[]> {
    const ids: string[] = [];
    // A page of offerings is mostly of one coach, whose default is looked up once.
    const defaults = new Map<string, string>();
    for (const { coachId, policyId } of offerings) {
      if (policyId === null && !defaults.has(coachId))
        defaults.set(coachId, await this.ensureDefault(coachId));
      ids.push(policyId ?? defaults.get(coachId) ?? '');
    }
    const found = await this.database.many(
      sql<PolicyRecord>`select ${columns} from policies p
        where p.coach_id = any(${[...new Set(offerings.map(({ coachId }) => coachId))]}::uuid[]) and p.id = any(${[...new Set(ids)]}::uuid[])`,
    );
    const byId = new Map(found.map((policy) => [policy.id, policy]));
    return ids.map((id) => {
      const policy = byId.get(id);
      if (policy === undefined) throw new PolicyNotFound();
      return policy;
    });
  }

  /** Gives a coach terms to start with; harmless when there are some. @returns the default policy's id */
  async ensureDefault(coachId: string): Promise<string> {
    const { defaultPolicyId } = await this.settings.get(coachId);
    if (defaultPolicyId !== null) return defaultPolicyId;
    return this.database.transaction(async () => {
      await this.lockLines(coachId);
      const settings = await this.settings.get(coachId);
      if (settings.defaultPolicyId !== null) return settings.defaultPolicyId;
      const { name, rules } = DEFAULT_PRESET;
      const { id } = await this.create(coachId, { name, rules, useAsDefault: true }, WORKER);
      return id;
    });
  }

  /** The row of the settings is the lock of all lines of a coach; the settings' own changes take it as well. */
  private async lockLines(coachId: string): Promise<void> {
    await this.database.execute(sql`select 1 from coaches where coach_id = ${coachId} for no key update`);
  }

  private async nextOfLine(
    coachId: string,
    replacesPolicyId: string | undefined,
    newLineId: string,
  ): Promise<{ lineId: string; lineVersion: number }> {
    if (replacesPolicyId === undefined) return { lineId: newLineId, lineVersion: 1 };
    const { lineId } = await this.byId(coachId, replacesPolicyId);
    return this.database.one(sql<{ lineId: string; lineVersion: number }>`
      select line_id as "lineId", max(line_version) + 1 as "lineVersion" from policies
      where coach_id = ${coachId} and line_id = ${lineId} group by line_id`);
  }

  private async moveOfferings(
    coachId: string,
    lineId: string,
    policyId: string,
    actor: Actor,
  ): Promise<void> {
    const moved = await this.database.many(sql<{ id: string; version: number; before: string }>`
      update offerings o set policy_id = ${policyId}::uuid, version = o.version + 1, updated_at = app_now()
      from policies p
      where o.coach_id = ${coachId} and p.coach_id = o.coach_id and p.id = o.policy_id and p.line_id = ${lineId}
      returning o.id, o.version, p.id as before`);
    for (const { id, version, before } of moved) {
      await this.audit.record({
        coachId,
        actor,
        action: 'offering.update',
        objectType: 'offering',
        objectId: id,
        objectVersion: version,
        cause: 'a new version of its policy',
        before: { policyId: before },
        after: { policyId },
      });
    }
  }

  private async isDefaultLine(coachId: string, lineId: string): Promise<boolean> {
    const row = await this.database.maybe(sql`
      select 1 from coaches c join policies p on p.coach_id = c.coach_id and p.id = c.default_policy_id
      where c.coach_id = ${coachId} and p.line_id = ${lineId}`);
    return row !== undefined;
  }

  private async makeDefault(coachId: string, policyId: string, actor: Actor): Promise<void> {
    await this.settings.patch({
      coachId,
      wanted: { defaultPolicyId: policyId },
      actor,
      // Asked only for a change of the currency.
      wasAnythingSold: () => Promise.resolve(true),
    });
  }
}
