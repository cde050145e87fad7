import { sql } from '@app/database';
import type { TestApp } from '../support/test-app';
import type { Storm } from './storm';

/** What a storm did and left behind, in lines that can be quoted. */
export async function summaryOf(app: TestApp, storm: Storm): Promise<string[]> {
  const facts = await app.database.one(sql<Record<string, string>>`
    select (select string_agg(line, ', ' order by line) from (select status || ' ' || count(*) as line from sessions group by status) s) as sessions,
      (select string_agg(line, ', ' order by line) from (select status || ' ' || count(*) as line from payments group by status) p) as payments,
      (select string_agg(line, ', ' order by line) from (select reason || ' ' || count(*) as line from refunds where status = 'succeeded' group by reason) r) as refunds,
      (select string_agg(line, ', ' order by line) from (select status || ' ' || count(*) as line from disputes group by status) d) as disputes,
      (select count(*) from payments where paid_twice_of is not null)::text as twice,
      (select string_agg(line, ', ' order by line) from (select status || ' ' || count(*) as line from reschedule_proposals group by status) p) as proposals,
      (select string_agg(line, ', ' order by line) from (select state || ' ' || count(*) as line from series group by state) r) as series,
      (select string_agg(line, ', ' order by line) from (select state || ' ' || count(*) as line from series_occurrences group by state) o) as occurrences,
      (select string_agg(line, ', ' order by line) from (
        select coalesce(content ->> 'change', kind) || ' ' || count(*) as line from series_plans where used_at is not null group by coalesce(content ->> 'change', kind)) l) as plans,
      (select string_agg(line, ', ' order by line) from (select status || ' ' || count(*) as line from entitlements group by status) e) as entitlements,
      (select string_agg(line, ', ' order by line) from (select kind || ' ' || count(*) as line from credit_entries group by kind) c) as credits,
      (select count(*) from stripe_events)::text as events,
      (select count(*) from outbox_deliveries)::text as jobs,
      (select count(*) from ledger_transactions)::text as movements,
      (select string_agg(line, ', ' order by line) from (select state || ' ' || count(*) as line from notifications group by state) n) as mails`);
  const { phases, kills, history, started } = storm;
  return [
    `  operations: ${started} in ${phases.rage} s, ${history.size} calls and payments, ${history.repeats} sent again`,
    ...history.tally().map((line) => `    ${line}`),
    `  days that passed: ${storm.daysPassed}`,
    `  kills (SIGKILL): api ${kills.api}, worker ${kills.worker}`,
    `  faults met: ${counted(storm.faults)}`,
    `  at rest: ${phases.settle} s after the faults ended`,
    `  sessions: ${facts['sessions']}`,
    `  proposals: ${facts['proposals']}`,
    `  series: ${facts['series']}; occurrences: ${facts['occurrences']}; plans: ${facts['plans']}`,
    `  payments: ${facts['payments']}; disputes: ${facts['disputes']}`,
    `  pages of Checkout: ${counted(pagesByEnd(app))}; paid twice: ${facts['twice']}`,
    `  packages: ${facts['entitlements']}; entries of credits: ${facts['credits']}`,
    `  refunds that succeeded: ${facts['refunds']}`,
    `  events of Stripe: ${facts['events']}; jobs: ${facts['jobs']}; ledger movements: ${facts['movements']}`,
    `  mails: ${facts['mails']}; received: ${app.sandbox.mailbox.messages.length}; rooms at Zoom: ${app.sandbox.zoom.meetings.length}`,
  ];
}

function pagesByEnd(app: TestApp): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, payment_status: paid } of app.sandbox.stripe.checkoutSessions) {
    const end = paid === 'paid' ? paid : `${status} unpaid`;
    counts[end] = (counts[end] ?? 0) + 1;
  }
  return counts;
}

function counted(counts: Record<string, number>): string {
  const entries = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, count]) => `${name} ${count}`).join(', ');
}
