import type { SandboxParts } from '../sandbox-parts';
import { html, type Markup } from '../shared/html';
import { actButton, consolePage, instantText } from './console-layout';

const STEPS: Array<[string, number]> = [
  ['15 minutes', 900],
  ['1 hour', 3_600],
  ['1 day', 86_400],
  ['1 week', 604_800],
];

export function overviewPage(parts: SandboxParts): string {
  const { stripe, zoom, mailbox, faults, webhooks } = parts;
  const pending = webhooks.deliveries.where((delivery) => delivery.state === 'pending').length;
  return consolePage(
    'Sandbox console',
    html`${clockSection(parts)} ${guide()}
      <h2>What each provider sees</h2>
      <ul>
        <li>
          <a href="/stripe">Stripe</a>: ${stripe.tables.paymentIntents.size} payments,
          ${stripe.tables.refunds.where((refund) => refund.account === null).length} refunds,
          ${stripe.tables.accounts.size} connected accounts
        </li>
        <li>
          <a href="/zoom">Zoom</a>: ${zoom.tables.meetings.size} meetings, ${zoom.tables.users.size} users
        </li>
        <li><a href="/mailbox">Mailbox</a>: ${mailbox.rows.size} mails</li>
        <li>
          <a href="/faults">Faults</a>: ${faults.list().length}
          injected${faults.random ? ', random mode on' : ''}
        </li>
        <li><a href="/webhooks">Webhooks</a>: ${pending} waiting, ${webhooks.deliveries.size} in all</li>
      </ul>
      <p>
        Everything as JSON: <a href="/sandbox/state"><code>/sandbox/state</code></a>
      </p>`,
  );
}

function clockSection({ clock }: SandboxParts): Markup {
  const where = clock.usesDatabase ? 'shared with api and worker' : 'of the sandbox alone (no database)';
  return html`<h2>Clock</h2>
    <p>
      <strong>${instantText(clock.nowSeconds())} UTC</strong>, ${clock.offsetSeconds} seconds ahead of the
      real one, ${where}.
    </p>
    <p>
      ${STEPS.map(([label, seconds]) =>
        actButton('clock', `+ ${label}`, html`<input type="hidden" name="seconds" value="${seconds}" />`),
      )}
      ${actButton('clock', 'Advance', html`<input name="seconds" type="number" min="1" placeholder="seconds" aria-label="seconds" required />`)}
    </p>`;
}

function guide(): Markup {
  return html`<h2>Book → pay → join → complete → refund</h2>
    <ol>
      <li>
        <strong>Book.</strong> As the client, ask for free slots and book one. The session is held; Stripe has
        a payment that waits for a card.
      </li>
      <li>
        <strong>Pay.</strong> On the <a href="/stripe">Stripe page</a> choose a test card for that payment, as
        the client's browser would. Stripe tells us by webhook; the session is scheduled, both get a
        <a href="/mailbox">mail with the invitation</a>, and <a href="/zoom">Zoom</a> has the meeting.
      </li>
      <li>
        <strong>Join.</strong> Move the clock to 15 minutes before the start. Follow the link of the mail;
        press the buttons of the meeting page to come and go.
      </li>
      <li><strong>Complete.</strong> Move the clock past the end: the worker completes the session.</li>
      <li>
        <strong>Refund.</strong> Book and pay another one, ask for a cancellation quote and cancel by it.
        Stripe shows the refund, the reversed transfer and the returned fee. The card
        <code>pm_card_refundFail</code> makes the refund fail afterwards; a <a href="/faults">fault</a> makes
        Stripe do it and cut the line.
      </li>
    </ol>`;
}
