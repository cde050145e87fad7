import type { FastifyInstance, FastifyReply } from 'fastify';
import { html, page, sendPage, type Markup } from '../shared/html';
import { pathParameter, rawBody } from '../shared/http-server';
import { happen, MEETING_EVENTS, type MeetingEvent } from './meeting-events';
import { ZoomError } from './zoom-error';
import type { MeetingRow, ZoomModel } from './zoom-model';

const HOST_EVENTS: MeetingEvent[] = ['started', 'joined', 'left', 'ended'];
const GUEST_EVENTS: MeetingEvent[] = ['joined', 'left'];

/** The pages behind a join link (`/j/…`) and a host's start link (`/s/…`); their buttons cause the webhooks. */
export function addMeetingPages(server: FastifyInstance, model: ZoomModel): void {
  server.get<{ Querystring: { pwd?: string } }>('/j/:meetingId', (request, reply) => {
    const row = model.tables.meetings.get(pathParameter(request, 'meetingId'));
    if (!row) return notThere(reply);
    const isInvited = request.query.pwd === row.encrypted_password;
    const note = isInvited ? html`` : html`<p>This link has no passcode: Zoom would ask for it.</p>`;
    return sendPage(
      reply,
      page(row.topic, html`${note}${details(row)}${buttons(row, GUEST_EVENTS, 'Guest', '')}`),
    );
  });

  server.get<{ Querystring: { zak?: string } }>('/s/:meetingId', (request, reply) => {
    const row = model.tables.meetings.get(pathParameter(request, 'meetingId'));
    if (!row) return notThere(reply);
    const link = model.tables.hostLinks.get(request.query.zak ?? '');
    if (link?.meeting !== row.id || link.expiresAtMs < model.clock.realMs()) {
      return sendPage(
        reply,
        page('This start link has expired', html`<p>It lives two hours; ask for a new one.</p>`),
        403,
      );
    }
    const host = model.tables.users.get(row.host_id);
    const name = host ? `${host.first_name} ${host.last_name}` : 'Host';
    return sendPage(
      reply,
      page(`Host: ${row.topic}`, html`${details(row)}${buttons(row, HOST_EVENTS, name, row.host_email)}`),
    );
  });

  server.post('/j/:meetingId/events', async (request, reply) => {
    const row = model.tables.meetings.get(pathParameter(request, 'meetingId'));
    if (!row) return notThere(reply);
    const form = new URLSearchParams(rawBody(request));
    const event = MEETING_EVENTS.find((name) => name === form.get('event'));
    await model.clock.refresh();
    try {
      if (event)
        happen(model, row, event, { name: form.get('name') || 'Guest', email: form.get('email') ?? '' });
    } catch (error) {
      if (!(error instanceof ZoomError)) throw error;
      const message = error.errors?.[0]?.message ?? error.message;
      return sendPage(reply, page('That does not go now', html`<p>${message}</p>`), 409);
    }
    return sendPage(
      reply,
      page(
        row.topic,
        html`<p>Done: ${event ?? 'nothing'}.</p>
          ${details(row)}`,
      ),
    );
  });
}

function details(row: MeetingRow): Markup {
  return html`<dl>
    <dt>Meeting id</dt>
    <dd>${row.id}</dd>
    <dt>Passcode</dt>
    <dd>${row.password}</dd>
    <dt>Starts</dt>
    <dd>${row.start_time ?? 'at once'}, ${row.duration} minutes (${row.timezone})</dd>
    <dt>State</dt>
    <dd>${row.status === 'started' ? 'running' : 'waiting'}</dd>
    <dt>Waiting room</dt>
    <dd>${row.settings['waiting_room'] === true ? 'on' : 'off'}</dd>
    <dt>In the room</dt>
    <dd>
      ${
        row.participants
          .filter((person) => person.leave_time === null)
          .map((person) => person.name)
          .join(', ') || 'nobody'
      }
    </dd>
  </dl>`;
}

function buttons(row: MeetingRow, events: MeetingEvent[], name: string, email: string): Markup {
  return html`<form method="post" action="/j/${row.id}/events">
    <p>
      <label>Your name <input name="name" value="${name}" required maxlength="60" /></label>
      <input type="hidden" name="email" value="${email}" />
    </p>
    ${events.map((event) => html`<button name="event" value="${event}">${event}</button> `)}
  </form>`;
}

function notThere(reply: FastifyReply): FastifyReply {
  return sendPage(
    reply,
    page('There is no such meeting', html`<p>It was deleted, or the link is wrong.</p>`),
    404,
  );
}
