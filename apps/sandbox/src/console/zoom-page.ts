import type { SandboxParts } from '../sandbox-parts';
import { html, htmlTable } from '../shared/html';
import { joinUrl } from '../zoom/meetings';
import { actButton, consolePage } from './console-layout';

const SHOWN_ROWS = 100;

export function zoomPage({ zoom, clock }: SandboxParts): string {
  const { tables } = zoom;
  return consolePage(
    'Zoom',
    html`<h2>Meetings</h2>
      ${htmlTable(
        ['Starts (UTC)', 'Minutes', 'Topic', 'Id', 'Passcode', 'Host', 'State', ''],
        tables.meetings
          .all()
          .slice(-SHOWN_ROWS)
          .toReversed()
          .map((row) => [
            row.start_time ?? 'at once',
            row.duration,
            row.topic,
            html`<code>${row.id}</code>`,
            row.password,
            row.host_email,
            row.status === 'started'
              ? `running, ${row.participants.filter((person) => person.leave_time === null).length} inside`
              : 'waiting',
            html`<a href="${joinUrl(zoom, row)}">join page</a>`,
          ]),
      )}
      <h2>Connected users</h2>
      ${htmlTable(
        ['E-mail', 'Id', 'Token', ''],
        tables.users.all().map((user) => {
          const active = tables.tokens.where((token) => token.user === user.id && token.state === 'active');
          const isFresh = active.some((token) => token.expiresAtMs > clock.realMs());
          return [
            user.email,
            html`<code>${user.id}</code>`,
            active.length === 0 ? 'none' : isFresh ? 'valid' : 'to be refreshed',
            active.length > 0 &&
              actButton(
                'zoom/revoke',
                'Revoke',
                html`<input type="hidden" name="email" value="${user.email}" />`,
              ),
          ];
        }),
      )}
      <h2>Calls</h2>
      ${htmlTable(
        ['At (UTC)', 'Call', 'Answer'],
        tables.calls
          .all()
          .slice(-SHOWN_ROWS)
          .toReversed()
          .map((call) => [
            call.at,
            html`<code>${call.method} ${call.path}</code>`,
            call.status === 0 ? 'connection cut' : call.status,
          ]),
      )}`,
  );
}
