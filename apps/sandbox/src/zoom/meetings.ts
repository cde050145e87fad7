import { DateTime, IANAZone } from 'luxon';
import { countUse } from './daily-limit';
import { dialInNumbers } from './dial-in-numbers';
import { invalidField, meetingMissing, ZoomError } from './zoom-error';
import type { MeetingRow, ZoomModel, ZoomUserRow } from './zoom-model';

const HOST_LINK_LIFETIME_MS = 2 * 3_600_000;
const KEPT_HOST_LINKS = 1_000;
const LISTED_AGENDA_LENGTH = 250;

const DEFAULT_SETTINGS: Record<string, unknown> = {
  approval_type: 2,
  audio: 'both',
  auto_recording: 'none',
  host_video: false,
  jbh_time: 0,
  join_before_host: false,
  meeting_authentication: false,
  mute_upon_entry: false,
  participant_video: false,
  use_pmi: false,
  waiting_room: false,
  watermark: false,
};

export interface MeetingParameters {
  type?: 1 | 2;
  topic?: string;
  agenda?: string;
  start_time?: string;
  duration?: number;
  timezone?: string;
  password?: string;
  settings?: Record<string, unknown>;
  tracking_fields?: Array<{ field: string; value?: string }>;
}

/** @throws ZoomError 404 code 3001 when there is no such meeting of this host */
export function findMeeting(model: ZoomModel, id: string, host?: ZoomUserRow): MeetingRow {
  const row = model.tables.meetings.get(id);
  if (!row || (host && row.host_id !== host.id)) throw meetingMissing(id);
  return row;
}

/** A scheduled meeting; without a start it becomes an instant one, silently, as at Zoom. */
export function createMeeting(model: ZoomModel, host: ZoomUserRow, body: MeetingParameters): MeetingRow {
  const timezone = checkedZone(body.timezone ?? host.timezone);
  const startTime = body.start_time ? toUtc(body.start_time, timezone) : null;
  countUse(model, host);
  return model.tables.meetings.put({
    id: model.ids.digits(11),
    uuid: `${model.ids.text('', 22)}==`,
    host_id: host.id,
    host_email: host.email,
    type: startTime && body.type !== 1 ? 2 : 1,
    topic: body.topic ?? 'Zoom Meeting',
    agenda: body.agenda ?? '',
    start_time: body.type === 1 ? null : startTime,
    duration: body.duration ?? 60,
    timezone,
    created_at: model.clock.nowIso(),
    password: body.password || model.ids.text('', 6),
    encrypted_password: model.ids.text('', 32),
    h323_password: model.ids.digits(6),
    pstn_password: model.ids.digits(6),
    settings: mergeSettings(DEFAULT_SETTINGS, body.settings),
    tracking_fields: body.tracking_fields ?? [],
    status: 'waiting',
    startedAt: null,
    participants: [],
    lastParticipants: [],
  });
}

/** A start in the past is ignored without an error, as at Zoom. */
export function updateMeeting(
  model: ZoomModel,
  host: ZoomUserRow,
  row: MeetingRow,
  body: MeetingParameters,
): void {
  const timezone = checkedZone(body.timezone ?? row.timezone);
  const startTime = body.start_time ? toUtc(body.start_time, timezone) : null;
  countUse(model, host);
  row.timezone = timezone;
  row.topic = body.topic ?? row.topic;
  row.agenda = body.agenda ?? row.agenda;
  row.duration = body.duration ?? row.duration;
  row.password = body.password ?? row.password;
  row.settings = mergeSettings(row.settings, body.settings);
  row.tracking_fields = body.tracking_fields ?? row.tracking_fields;
  if (startTime && startTime > model.clock.nowIso()) {
    row.start_time = startTime;
    row.type = 2;
  }
  model.tables.meetings.put(row);
}

/** @throws ZoomError 400 code 3002 while the meeting runs */
export function deleteMeeting(model: ZoomModel, row: MeetingRow): void {
  if (row.status === 'started') {
    throw new ZoomError(400, 3002, 'Sorry, you cannot delete this meeting since it is in progress.');
  }
  model.tables.meetings.delete(row.id);
}

/** As read; the answer to a create lacks `uuid`, `host_id` and `status`. */
export function presentMeeting(model: ZoomModel, row: MeetingRow): object {
  return { uuid: row.uuid, host_id: row.host_id, status: row.status, ...presentNewMeeting(model, row) };
}

export function presentNewMeeting(model: ZoomModel, row: MeetingRow): object {
  const { baseUrl } = model.settings;
  return {
    id: Number(row.id),
    host_email: row.host_email,
    topic: row.topic,
    type: row.type,
    ...(row.start_time && { start_time: row.start_time }),
    duration: row.duration,
    timezone: row.timezone,
    agenda: row.agenda,
    created_at: row.created_at,
    start_url: `${baseUrl}/s/${row.id}?zak=${hostLink(model, row)}`,
    join_url: joinUrl(model, row),
    password: row.password,
    h323_password: row.h323_password,
    pstn_password: row.pstn_password,
    encrypted_password: row.encrypted_password,
    settings: { ...row.settings, ...dialIn(row) },
    tracking_fields: row.tracking_fields,
    pre_schedule: false,
  };
}

export function joinUrl(model: ZoomModel, row: MeetingRow): string {
  return `${model.settings.baseUrl}/j/${row.id}?pwd=${row.encrypted_password}`;
}

function hostLink(model: ZoomModel, row: MeetingRow): string {
  model.tables.hostLinks.keepNewest(KEPT_HOST_LINKS);
  const expiresAtMs = model.clock.realMs() + HOST_LINK_LIFETIME_MS;
  return model.tables.hostLinks.put({ id: model.ids.text('', 32), meeting: row.id, expiresAtMs }).id;
}

function dialIn(row: MeetingRow): object {
  const countries = row.settings['global_dial_in_countries'];
  return Array.isArray(countries) ? { global_dial_in_numbers: dialInNumbers(countries as string[]) } : {};
}

export interface MeetingListParameters {
  type?: 'scheduled' | 'live' | 'upcoming' | 'upcoming_meetings';
  page_size?: number;
  next_page_token?: string;
}

export function listMeetings(model: ZoomModel, host: ZoomUserRow, query: MeetingListParameters): object {
  const now = model.clock.nowIso();
  const isListed = (row: MeetingRow): boolean => {
    if (query.type === 'live') return row.status === 'started';
    if (query.type === 'upcoming')
      return row.status === 'started' || (row.start_time !== null && row.start_time >= now);
    if (query.type === 'upcoming_meetings') return row.start_time !== null && row.start_time >= now;
    return row.type === 2;
  };
  const rows = model.tables.meetings.where((row) => row.host_id === host.id && isListed(row));
  const pageSize = query.page_size ?? 30;
  const start = Number(query.next_page_token || 0);
  if (!Number.isInteger(start) || start < 0) throw invalidField('next_page_token');
  const next = start + pageSize;
  return {
    page_size: pageSize,
    total_records: rows.length,
    next_page_token: next < rows.length ? String(next) : '',
    meetings: rows.slice(start, next).map((row) => ({
      uuid: row.uuid,
      id: Number(row.id),
      host_id: row.host_id,
      topic: row.topic,
      type: row.type,
      ...(row.start_time && { start_time: row.start_time }),
      duration: row.duration,
      timezone: row.timezone,
      agenda: row.agenda.slice(0, LISTED_AGENDA_LENGTH),
      created_at: row.created_at,
      join_url: joinUrl(model, row),
    })),
  };
}

function mergeSettings(
  current: Record<string, unknown>,
  change: Record<string, unknown> = {},
): Record<string, unknown> {
  const merged = { ...current, ...change };
  if (merged['waiting_room'] === true) merged['join_before_host'] = false; // one disables the other
  return merged;
}

function checkedZone(zone: string): string {
  if (!IANAZone.isValidZone(zone)) throw invalidField('timezone');
  return zone;
}

/** `…Z` is UTC; without it the time is local to the meeting's zone. */
function toUtc(startTime: string, zone: string): string {
  const time = DateTime.fromISO(startTime, { zone: startTime.endsWith('Z') ? 'utc' : zone });
  const utc = time.toUTC().toISO({ suppressMilliseconds: true });
  if (!utc) throw invalidField('start_time');
  return utc;
}
