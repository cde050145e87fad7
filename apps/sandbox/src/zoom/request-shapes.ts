import type { JsonSchema } from '../shared/json-schema';

/**
 * What the sandbox takes on each Zoom operation: the part of API v2 that it models. Zoom ignores unknown properties;
 * the sandbox refuses them on purpose, so that a misspelt one is found. A test compares with the published contract.
 */
export interface ZoomOperationShape {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Zoom's path with `{meetingId}` for parameters. */
  path: string;
  query?: JsonSchema;
  body?: JsonSchema;
}

const object = (properties: Record<string, JsonSchema>, required: string[] = []): JsonSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const flag: JsonSchema = { type: 'boolean' };
const text = (maxLength: number): JsonSchema => ({ type: 'string', maxLength });
const oneOf = (...values: Array<string | number>): JsonSchema => ({
  type: typeof values[0] === 'number' ? 'integer' : 'string',
  enum: values,
});

const breakoutRooms = object({
  enable: flag,
  rooms: {
    type: 'array',
    items: object({ name: text(32), participants: { type: 'array', items: text(320) } }),
  },
});

const settings = object({
  alternative_hosts: text(2_000),
  approval_type: oneOf(0, 1, 2),
  audio: oneOf('both', 'telephony', 'voip', 'thirdParty'),
  auto_recording: oneOf('local', 'cloud', 'none'),
  breakout_room: breakoutRooms,
  contact_email: text(320),
  contact_name: text(100),
  email_notification: flag,
  encryption_type: oneOf('enhanced_encryption', 'e2ee'),
  global_dial_in_countries: { type: 'array', items: text(2), maxItems: 50 },
  host_video: flag,
  jbh_time: oneOf(0, 5, 10, 15),
  join_before_host: flag,
  meeting_authentication: flag,
  meeting_invitees: { type: 'array', items: object({ email: text(320) }), maxItems: 50 },
  mute_upon_entry: flag,
  participant_video: flag,
  private_meeting: flag,
  registrants_confirmation_email: flag,
  registrants_email_notification: flag,
  use_pmi: flag,
  waiting_room: flag,
  watermark: flag,
});

const meeting: Record<string, JsonSchema> = {
  agenda: text(2_000),
  duration: { type: 'integer', minimum: 1, maximum: 1_440 },
  password: text(10),
  settings,
  start_time: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z?$' },
  timezone: text(100),
  topic: text(200),
  tracking_fields: {
    type: 'array',
    items: object({ field: text(200), value: text(200) }, ['field']),
    maxItems: 20,
  },
  type: oneOf(1, 2),
};

export const ZOOM_OPERATIONS = {
  getUser: { method: 'GET', path: '/v2/users/{userId}', query: object({}) },
  createMeeting: {
    method: 'POST',
    path: '/v2/users/{userId}/meetings',
    body: object({ ...meeting, default_password: flag }),
  },
  listMeetings: {
    method: 'GET',
    path: '/v2/users/{userId}/meetings',
    query: object({
      type: oneOf('scheduled', 'live', 'upcoming', 'upcoming_meetings'),
      page_size: { type: 'integer', minimum: 1, maximum: 300 },
      next_page_token: text(100),
    }),
  },
  getMeeting: { method: 'GET', path: '/v2/meetings/{meetingId}', query: object({}) },
  updateMeeting: { method: 'PATCH', path: '/v2/meetings/{meetingId}', body: object(meeting) },
  deleteMeeting: {
    method: 'DELETE',
    path: '/v2/meetings/{meetingId}',
    query: object({ cancel_meeting_reminder: flag, schedule_for_reminder: flag }),
  },
  listPastParticipants: {
    method: 'GET',
    path: '/v2/past_meetings/{meetingId}/participants',
    query: object({ page_size: { type: 'integer', minimum: 1, maximum: 300 }, next_page_token: text(100) }),
  },
} satisfies Record<string, ZoomOperationShape>;

export type ZoomOperationName = keyof typeof ZOOM_OPERATIONS;
