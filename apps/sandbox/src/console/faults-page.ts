import type { SandboxParts } from '../sandbox-parts';
import { CALL_FAULTS, FAULT_PROVIDERS, WEBHOOK_FAULTS } from '../shared/faults';
import { html, htmlTable, type Markup } from '../shared/html';
import { actButton, consolePage, instantText } from './console-layout';

const SHOWN_ROWS = 200;

export function faultsPage({ faults }: SandboxParts): string {
  return consolePage(
    'Faults',
    html`<p class="note">
        A fault meets the next calls of an operation. <code>timeout_after_commit</code> does the work and cuts
        the line before the answer: the nastiest one.
      </p>
      ${actButton(
        'faults',
        'Inject',
        html`<select name="provider" aria-label="provider">
            ${options(FAULT_PROVIDERS)}
          </select>
          <input name="operation" value="POST /v1/refunds" aria-label="operation" required />
          <select name="kind" aria-label="kind">
            ${options([...CALL_FAULTS, ...WEBHOOK_FAULTS])}
          </select>
          <input name="times" type="number" min="1" value="1" aria-label="times" required />
          <input name="delayMs" type="number" min="0" placeholder="delay in ms" aria-label="delay in ms" />`,
      )}
      ${actButton('faults/clear', 'Clear all')}
      <h2>Waiting</h2>
      ${htmlTable(
        ['Provider', 'Operation', 'Kind', 'Times left', 'Delay'],
        faults
          .list()
          .map((fault) => [
            fault.provider,
            html`<code>${fault.operation}</code>`,
            fault.kind,
            fault.times,
            fault.delayMs === undefined ? '' : `${fault.delayMs} ms`,
          ]),
      )}
      <h2>Random mode</h2>
      ${faults.random ? html`<pre>${JSON.stringify(faults.random, null, 2)}</pre>` : html`<p class="muted">Off.</p>`}`,
  );
}

export function webhooksPage({ webhooks }: SandboxParts): string {
  return consolePage(
    'Webhooks',
    htmlTable(
      ['Made (real UTC)', 'To', 'Type', 'Event', 'State', 'Attempts', 'Last answer'],
      webhooks.deliveries
        .all()
        .slice(-SHOWN_ROWS)
        .toReversed()
        .map((delivery) => [
          instantText(Math.floor(delivery.createdAtMs / 1_000)),
          delivery.channel,
          delivery.type,
          html`<code>${delivery.eventId}</code>`,
          delivery.state,
          delivery.attempts,
          delivery.lastStatus ?? delivery.lastError,
        ]),
    ),
  );
}

function options(values: readonly string[]): Markup[] {
  return values.map((value) => html`<option>${value}</option>`);
}
