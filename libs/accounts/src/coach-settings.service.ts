import { Injectable } from '@nestjs/common';
import { Conflict, Invalid, isCurrency, type FieldError } from '@app/common';
import { Database, sql, violates } from '@app/database';
import { accountAct } from './account-audit';
import { assertVersion } from './accounts.errors';
import type { Actor } from './actor';
import { Audit } from './audit';
import { assignments, changesOf, fieldsOf, type Columns } from './record-changes';
import { TimeZoneNames } from './time-zone-names';

export const VIDEO_PLATFORMS = ['zoom', 'google_meet', 'microsoft_teams'] as const;
export type VideoPlatform = (typeof VIDEO_PLATFORMS)[number];

/** What coaches decide about their practice. */
export interface CoachSettingsFields {
  /** IANA name: days in filters and caps, and the working hours, are of this zone */
  timezone: string;
  /** ISO 4217 code */
  currency: string;
  bufferBeforeMinutes: number;
  bufferAfterMinutes: number;
  prepMinutes: number;
  minimumNoticeMinutes: number;
  bookingHorizonDays: number;
  startIncrementMinutes: number;
  mostSessionsPerDay: number | null;
  mostSessionsPerWeek: number | null;
  /** From the start, before the other side may be marked as not there. */
  waitingMinutes: number;
  completionGraceMinutes: number;
  joinGraceMinutes: number;
  clientHoldMinutes: number;
  coachHoldMinutes: number;
  /** How long an offer of other times, or a request for them, waits for its answer. */
  proposalHours: number;
  /** So many local days before its last day a package counts as expiring soon. */
  expiringSoonDays: number;
  /** How long before a session both sides are reminded, minutes; none are sent for an empty list. */
  reminderMinutes: number[];
  /** In order of preference. */
  platforms: VideoPlatform[];
  defaultPolicyId: string | null;
}

export interface CoachSettingsRecord extends CoachSettingsFields {
  coachId: string;
  /** The platform's share in basis points; set by the platform alone. */
  applicationFeeBps: number;
  version: number;
}

/** Least and greatest value of each number; the table's constraints say the same. */
export const SETTING_BOUNDS = {
  bufferBeforeMinutes: [0, 480],
  bufferAfterMinutes: [0, 480],
  prepMinutes: [0, 480],
  minimumNoticeMinutes: [0, 525_600],
  bookingHorizonDays: [1, 730],
  startIncrementMinutes: [5, 240],
  mostSessionsPerDay: [1, 100],
  mostSessionsPerWeek: [1, 500],
  waitingMinutes: [0, 120],
  completionGraceMinutes: [0, 1_440],
  joinGraceMinutes: [0, 240],
  clientHoldMinutes: [1, 1_440],
  coachHoldMinutes: [1, 20_160],
  proposalHours: [1, 336],
  expiringSoonDays: [1, 90],
} as const satisfies Partial<Record<keyof CoachSettingsFields, readonly [least: number, greatest: number]>>;

/** Of a reminder, minutes before the start, and how many there can be; the table's constraint says the same. */
export const REMINDER_BOUNDS = { least: 5, greatest: 20_160, most: 5 } as const;

const COLUMNS: Columns<CoachSettingsFields> = {
  timezone: ['timezone', 'text'],
  currency: ['currency', 'char(3)'],
  bufferBeforeMinutes: ['buffer_before_minutes', 'int'],
  bufferAfterMinutes: ['buffer_after_minutes', 'int'],
  prepMinutes: ['prep_minutes', 'int'],
  minimumNoticeMinutes: ['minimum_notice_minutes', 'int'],
  bookingHorizonDays: ['booking_horizon_days', 'int'],
  startIncrementMinutes: ['start_increment_minutes', 'int'],
  mostSessionsPerDay: ['most_sessions_per_day', 'int'],
  mostSessionsPerWeek: ['most_sessions_per_week', 'int'],
  waitingMinutes: ['waiting_minutes', 'int'],
  completionGraceMinutes: ['completion_grace_minutes', 'int'],
  joinGraceMinutes: ['join_grace_minutes', 'int'],
  clientHoldMinutes: ['client_hold_minutes', 'int'],
  coachHoldMinutes: ['coach_hold_minutes', 'int'],
  proposalHours: ['proposal_hours', 'int'],
  expiringSoonDays: ['expiring_soon_days', 'int'],
  reminderMinutes: ['reminder_minutes', 'int[]'],
  platforms: ['platforms', 'text[]'],
  defaultPolicyId: ['default_policy_id', 'uuid'],
};

const selected = sql.join(
  Object.entries(COLUMNS).map(([field, [column]]) => sql`${sql.ref(column)} as ${sql.ref(field)}`),
);

/** A `CoachSettingsRecord` as one JSON value, for a statement that names the table `coaches c`. */
export const settingsAsJson = sql<CoachSettingsRecord>`json_build_object('coachId', c.coach_id,
  'applicationFeeBps', c.application_fee_bps, 'version', c.version, ${sql.join(
    Object.entries(COLUMNS).map(([field, [column]]) => sql`${sql.lit(field)}, ${sql.ref(`c.${column}`)}`),
  )})`;

export interface SettingsChange {
  coachId: string;
  wanted: Partial<CoachSettingsFields>;
  actor: Actor;
  expectedVersion?: number;
  /**
   * Whether anything was sold already. Asked only when the currency is to change, under the lock of the settings'
   * row; an argument because payments stand above this library.
   */
  wasAnythingSold: () => Promise<boolean>;
}

@Injectable()
export class CoachSettings {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly zones: TimeZoneNames,
  ) {}

  get(coachId: string): Promise<CoachSettingsRecord> {
    return this.database.one(sql<CoachSettingsRecord>`
      select coach_id as "coachId", application_fee_bps as "applicationFeeBps", ${selected}, version from coaches where coach_id = ${coachId}`);
  }

  /**
   * The practice's zone is the coach's own as well, so that what they read moves with it at once; stored instants
   * stay (A172). Working hours are wall times and follow the zone, unless availability's `PracticeZone` moves them.
   *
   * @throws VersionMismatch; Invalid, InvalidTime; Conflict `settings.currency_in_use`
   */
  async patch(change: SettingsChange): Promise<CoachSettingsRecord> {
    const { coachId, actor } = change;
    const wanted = await this.checked(change.wanted);
    return this.database.transaction(async () => {
      await this.database.execute(sql`select 1 from coaches where coach_id = ${coachId} for no key update`);
      const settings = await this.get(coachId);
      assertVersion(change.expectedVersion, settings.version);
      const { before, after, isEmpty } = changesOf<CoachSettingsFields>(settings, wanted);
      if (isEmpty) return settings;
      if (after.currency !== undefined && (await change.wasAnythingSold())) {
        throw new Conflict(
          'settings.currency_in_use',
          `The currency stays ${settings.currency}: something was sold in it.`,
        );
      }
      await this.write(coachId, after);
      await this.audit.record({
        ...accountAct({ id: coachId, kind: 'coach' }, actor, 'settings.update'),
        objectType: 'settings',
        objectVersion: settings.version + 1,
        before: { ...before },
        after: { ...after },
      });
      return this.get(coachId);
    });
  }

  private async write(coachId: string, after: Partial<CoachSettingsFields>): Promise<void> {
    await this.database.execute(
      sql`update coaches set ${assignments(COLUMNS, after)} where coach_id = ${coachId}`,
    );
    if (after.timezone !== undefined) {
      await this.database.execute(sql`
        update accounts set timezone = ${after.timezone}, version = version + 1, updated_at = app_now()
        where id = ${coachId} and timezone <> ${after.timezone}`);
    }
    if (after.defaultPolicyId === undefined) return;
    try {
      await this.database.execute(sql`set constraints coaches_default_policy immediate`);
    } catch (error) {
      if (violates(error, 'coaches_default_policy'))
        throw invalid('defaultPolicyId', 'is not one of your policies');
      throw error;
    }
  }

  private async checked(wanted: Partial<CoachSettingsFields>): Promise<Partial<CoachSettingsFields>> {
    for (const field of fieldsOf(SETTING_BOUNDS)) {
      const value = wanted[field];
      const [least, greatest] = SETTING_BOUNDS[field];
      if (typeof value === 'number' && (!Number.isInteger(value) || value < least || value > greatest)) {
        throw invalid(field, `must be a whole number from ${least} to ${greatest}`);
      }
    }
    if (wanted.currency !== undefined && !isCurrency(wanted.currency))
      throw invalid('currency', 'is not a currency that can be charged');
    if (wanted.platforms !== undefined && new Set(wanted.platforms).size < wanted.platforms.length) {
      throw invalid('platforms', 'names a platform twice');
    }
    if (wanted.reminderMinutes !== undefined) checkReminders(wanted.reminderMinutes);
    return wanted.timezone === undefined
      ? wanted
      : { ...wanted, timezone: await this.zones.checked(wanted.timezone) };
  }
}

function checkReminders(minutes: readonly number[]): void {
  const { least, greatest, most } = REMINDER_BOUNDS;
  const isGood = (each: number): boolean => Number.isInteger(each) && each >= least && each <= greatest;
  if (minutes.length > most || new Set(minutes).size < minutes.length || !minutes.every(isGood)) {
    throw invalid(
      'reminderMinutes',
      `must be up to ${most} different whole numbers from ${least} to ${greatest}`,
    );
  }
}

function invalid(field: string, detail: string): Invalid {
  const error: FieldError = { pointer: `/${field}`, code: 'setting', detail };
  return new Invalid('settings.invalid', `${field} ${detail}.`, { errors: [error] });
}
