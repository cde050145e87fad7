import { createHmac } from 'node:crypto';
import type { WebhookChannel, WebhookTarget } from '../shared/webhook-sender';
import { invalidField } from './zoom-error';
import type { MeetingRow, ParticipantRow, ZoomModel } from './zoom-model';

export const ZOOM_CHANNEL = 'zoom';
export const MEETING_EVENTS = ['started', 'joined', 'left', 'ended'] as const;
export type MeetingEvent = (typeof MEETING_EVENTS)[number];

/** Zoom wants an answer within three seconds. */
const TIMEOUT_MS = 3_000;

/** `v0=` and HMAC-SHA256 over `v0:{timestamp}:{body}` (developers.zoom.us/docs/api/webhooks). */
export function zoomSignature(body: string, secret: string, atSeconds: number): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${atSeconds}:${body}`).digest('hex')}`;
}

export function zoomChannel(target: WebhookTarget | undefined): WebhookChannel {
  return {
    name: ZOOM_CHANNEL,
    faultProvider: 'zoom_webhook',
    timeoutMs: TIMEOUT_MS,
    target,
    sign: (body, secret, atSeconds) => ({
      'x-zm-request-timestamp': String(atSeconds),
      'x-zm-signature': zoomSignature(body, secret, atSeconds),
    }),
  };
}

/**
 * Something happens in a meeting: its state changes and the webhook goes out.
 *
 * @param participant who joins or leaves; the e-mail is empty for guests that are not signed in
 */
export function happen(
  model: ZoomModel,
  row: MeetingRow,
  event: MeetingEvent,
  participant: { name: string; email: string },
): void {
  switch (event) {
    case 'started':
      start(model, row);
      return;
    case 'joined':
      if (row.status !== 'started') start(model, row);
      join(model, row, participant);
      return;
    case 'left':
      leave(model, row, participant);
      return;
    case 'ended':
      end(model, row);
  }
}

function start(model: ZoomModel, row: MeetingRow): void {
  if (row.status === 'started') throw invalidField('event', 'The meeting has started already.');
  row.status = 'started';
  row.startedAt = model.clock.nowIso();
  row.uuid = `${model.ids.text('', 22)}==`; // each run of a meeting has its own
  row.participants = [];
  model.tables.meetings.put(row);
  send(model, row, 'meeting.started', {});
}

function join(model: ZoomModel, row: MeetingRow, who: { name: string; email: string }): void {
  const participant: ParticipantRow = {
    user_id: model.ids.digits(8),
    name: who.name,
    email: who.email,
    join_time: model.clock.nowIso(),
    leave_time: null,
  };
  row.participants.push(participant);
  model.tables.meetings.put(row);
  send(model, row, 'meeting.participant_joined', {
    participant: { ...identity(participant), join_time: participant.join_time },
  });
}

function leave(model: ZoomModel, row: MeetingRow, who: { name: string; email: string }): void {
  const participant = row.participants.findLast(
    (candidate) =>
      candidate.leave_time === null && candidate.name === who.name && candidate.email === who.email,
  );
  if (!participant) throw invalidField('participant', 'Nobody of this name is in the meeting.');
  participant.leave_time = model.clock.nowIso();
  model.tables.meetings.put(row);
  send(model, row, 'meeting.participant_left', {
    participant: {
      ...identity(participant),
      leave_time: participant.leave_time,
      leave_reason: 'left the meeting.',
    },
  });
}

function end(model: ZoomModel, row: MeetingRow): void {
  if (row.status !== 'started') throw invalidField('event', 'The meeting has not started.');
  for (const participant of row.participants.filter((candidate) => candidate.leave_time === null)) {
    leave(model, row, participant);
  }
  row.status = 'waiting';
  row.lastParticipants = row.participants;
  row.participants = [];
  model.tables.meetings.put(row);
  send(model, row, 'meeting.ended', { end_time: model.clock.nowIso() });
}

function identity(participant: ParticipantRow): object {
  return { user_id: participant.user_id, user_name: participant.name, id: '', email: participant.email };
}

function send(model: ZoomModel, row: MeetingRow, type: string, details: object): void {
  const host = model.tables.users.get(row.host_id);
  const body = JSON.stringify({
    event: type,
    event_ts: model.clock.nowMs(),
    payload: {
      account_id: host?.account_id ?? '',
      object: {
        id: row.id,
        uuid: row.uuid,
        host_id: row.host_id,
        topic: row.topic,
        type: row.type,
        start_time: row.startedAt,
        timezone: row.timezone,
        duration: row.duration,
        ...details,
      },
    },
  });
  model.webhooks.send(ZOOM_CHANNEL, { id: model.ids.text('zev_'), type, body }, `${row.id}:${row.uuid}`);
}

/** Zoom's report of the last run; it is empty when only one person was there. */
export function pastParticipants(row: MeetingRow): object {
  const people = row.lastParticipants.length > 1 ? row.lastParticipants : [];
  return {
    page_size: 30,
    page_count: 1,
    total_records: people.length,
    next_page_token: '',
    participants: people.map((person) => ({
      id: '',
      name: person.name,
      user_email: person.email,
      join_time: person.join_time,
      leave_time: person.leave_time ?? person.join_time,
      duration: (Date.parse(person.leave_time ?? person.join_time) - Date.parse(person.join_time)) / 1_000,
      status: 'in_meeting',
    })),
  };
}
