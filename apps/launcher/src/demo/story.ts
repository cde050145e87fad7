import type { Addresses } from '../environment';
import { ApiClient, type CallSeen } from '../http/api-client';
import { SandboxClient, type Mail } from '../http/sandbox-client';
import { until } from '../http/until';
import { book, payFor, slotsAfter, untilSession, type SessionAnswer, type Wish } from './booking';
import { CLIENTS, COACH } from './people';

const JOIN_SECONDS = 15 * 60;
const DAY_MS = 86_400_000;

interface Scene {
  coach: ApiClient;
  client: ApiClient;
  sandbox: SandboxClient;
  signal: AbortSignal;
  wish: Wish;
}

interface Offering {
  id: string;
  name: string;
  durationMinutes: number;
  price: { amount: number; currency: string };
  policy: { id: string; text: string };
}

/**
 * Book, pay, meet, complete, note, cancel, refund: each call and its answer in short.
 *
 * @throws ApiFault, WaitedInVain: the story stops at the first thing that is not as it should be
 */
export async function tellStory(addresses: Addresses, password: string, signal: AbortSignal): Promise<void> {
  const options = { signal, onCall: printCall };
  const sandbox = new SandboxClient(addresses.console, signal);
  const [coach, client] = [new ApiClient(addresses.api, options), new ApiClient(addresses.api, options)];
  title('Coach and client sign in');
  await coach.signIn(COACH.email, password);
  await client.signIn(CLIENTS.clara.email, password);
  const wish = await chooseOffering(client);
  const scene: Scene = { coach, client, sandbox, signal, wish };

  title('The client finds a time, books and pays');
  const session = await bookAndPay(scene, await sandbox.now());
  await readConfirmation(scene, session);
  await meet(scene, session);
  await writeNotes(scene, session);
  await cancelAnother(scene);
  title('The end');
  say(`Every mail of this: ${addresses.console}/mailbox. Every movement of money: ${addresses.console}`);
}

async function chooseOffering(client: ApiClient): Promise<Wish> {
  const { data } = await client.get<{ data: Offering[] }>('/v1/offerings');
  const offering = data.find(({ price }) => price.amount > 0);
  if (offering === undefined) throw new Error('The coach sells nothing.');
  say(`"${offering.name}", ${offering.durationMinutes} minutes, ${money(offering.price)}`);
  say(`terms: ${offering.policy.text}`);
  return {
    offeringId: offering.id,
    policyId: offering.policy.id,
    funding: 'card',
    preparation: {
      focus: 'What to do first in the new role',
      questions: 'Whom do I talk to?',
      background: 'Starting in two weeks.',
    },
  };
}

async function bookAndPay(scene: Scene, from: Date): Promise<SessionAnswer> {
  const { client, sandbox, signal, wish } = scene;
  const slots = await slotsAfter(client, wish.offeringId, from, 7);
  const slot = slots[0];
  if (slot === undefined) throw new Error('There is no free time in the coming week.');
  say(`${slots.length} free starts; the first is ${slot.localStart} (${slot.startsAt})`);
  const held = await book(client, wish, slot.startsAt);
  say(`${held.id} is ${held.status}: its time is kept while the payment is awaited`);
  say("the client's browser pays with 4242 4242 4242 4242 at Stripe; Stripe's webhook tells us");
  const session = await payFor(client, sandbox, held, signal);
  say(`${session.id} is ${session.status}, ${session.paymentStatus}`);
  return session;
}

async function readConfirmation({ client, sandbox, signal }: Scene, session: SessionAnswer): Promise<void> {
  title('Both get a confirmation with link and invitation');
  const { meeting } = await untilSession(
    client,
    session.id,
    'the meeting is ready',
    signal,
    (now) => now.meeting.state === 'ready',
  );
  say(`${meeting.platform} meeting: ${meeting.joinUrl}`);
  for (const to of [CLIENTS.clara.email, COACH.email]) {
    const mail = await sandbox.mail(to, 'the confirmation', (found) => isAbout(found, session.id, 'REQUEST'));
    say(`mail to ${to}: "${mail.subject}"`);
    say(`  link: ${/https?:\/\/\S+\/j\/\S+/.exec(mail.text)?.[0] ?? 'none'}`);
    say(
      `  invitation: ${calendarLine(mail, 'UID')}, ${calendarLine(mail, 'DTSTART')}, method ${mail.icalendarMethod}`,
    );
  }
}

async function meet({ coach, client, sandbox, signal }: Scene, session: SessionAnswer): Promise<void> {
  title('Fifteen minutes before the start, both join');
  await moveClockTo(sandbox, new Date(new Date(session.startsAt).getTime() - JOIN_SECONDS * 1_000 + 1_000));
  for (const [who, person] of [
    ['client', client],
    ['coach', coach],
  ] as const) {
    const { url, platform } = await person.post<{ url: string; platform: string }>(
      `/v1/sessions/${session.id}/join`,
    );
    say(`the ${who} opens ${platform}: ${shortened(url)}`);
  }
  title('The session ends and completes by itself');
  await moveClockTo(sandbox, new Date(new Date(session.endsAt).getTime() + 1_000));
  const { status } = await untilSession(
    coach,
    session.id,
    'it is completed',
    signal,
    (now) => now.status === 'completed',
  );
  say(`${session.id} is ${status}; nobody did anything`);
}

async function writeNotes({ coach, client }: Scene, session: SessionAnswer): Promise<void> {
  title('The coach writes notes: one shared, one private');
  const path = `/v1/sessions/${session.id}/notes`;
  await coach.post(path, {
    visibility: 'shared',
    body: 'First talk with everybody alone, then with all.',
    keyPoints: '- Listen first',
  });
  await coach.post(path, { visibility: 'private', body: 'More nervous than it shows.' });
  const [coachs, clients] = [
    await coach.get<{ data: unknown[] }>(path),
    await client.get<{ data: unknown[] }>(path),
  ];
  say(`the coach reads ${coachs.data.length} notes, the client ${clients.data.length}`);
}

async function cancelAnother(scene: Scene): Promise<void> {
  const { client, coach, sandbox, signal } = scene;
  title('Another session is booked and paid');
  const session = await bookAndPay(scene, new Date((await sandbox.now()).getTime() + 3 * DAY_MS));
  title('The client cancels it, knowing what comes back');
  const quote = await client.post<Quote>(`/v1/sessions/${session.id}/cancellation-quotes`);
  say(`quote: ${money(quote.refund)} back. ${quote.clause}`);
  const known = new Set((await sandbox.mails(CLIENTS.clara.email)).map(({ id }) => id));
  await client.post(`/v1/sessions/${session.id}/cancel`, {
    quoteId: quote.id,
    reason: 'The new role begins earlier.',
  });
  const refunded = await untilSession(
    client,
    session.id,
    'the refund has succeeded',
    signal,
    (now) => now.paymentStatus === 'refunded',
  );
  say(`${session.id} is ${refunded.status}, ${refunded.paymentStatus}`);
  const mail = await sandbox.mail(CLIENTS.clara.email, 'the cancellation', (found) =>
    isAbout(found, session.id, 'CANCEL'),
  );
  say(
    `mail to ${CLIENTS.clara.email}: "${mail.subject}", ${calendarLine(mail, 'SEQUENCE')}, method ${mail.icalendarMethod}`,
  );
  const told = await sandbox.mail(
    CLIENTS.clara.email,
    'the refund was made',
    ({ id, subject }) => !known.has(id) && subject.startsWith('Refund made'),
  );
  say(`mail to ${CLIENTS.clara.email}: "${told.subject}"`);
  await showLedger(coach, refunded, signal);
}

async function showLedger(coach: ApiClient, session: SessionAnswer, signal: AbortSignal): Promise<void> {
  title('The money, in double entry');
  if (session.payment === null) throw new Error('The session has no payment.');
  const path = `/v1/payments/${session.payment.id}/ledger`;
  const entries = await until('the refund stands in the ledger', 30, signal, async () => {
    const { data } = await coach.peek<{ data: LedgerEntry[] }>(path);
    return data.some(({ kind }) => kind.includes('refund')) ? data : undefined;
  });
  for (const { kind, account, amount } of entries)
    say(`${kind.padEnd(22)} ${account.padEnd(24)} ${money(amount).padStart(12)}`);
  const sum = entries.reduce((total, { amount }) => total + amount.amount, 0);
  if (sum !== 0) throw new Error(`The ledger does not balance: its sum is ${sum}.`);
  say('the sum is zero');
}

interface Quote {
  id: string;
  refund: { amount: number; currency: string };
  clause: string;
}

interface LedgerEntry {
  kind: string;
  account: string;
  amount: { amount: number; currency: string };
}

async function moveClockTo(sandbox: SandboxClient, target: Date): Promise<void> {
  const seconds = Math.ceil((target.getTime() - (await sandbox.now()).getTime()) / 1_000);
  if (seconds <= 0) return;
  say(
    `! the sandbox's clock moves forward by ${(seconds / 3_600).toFixed(1)} h to ${target.toISOString()}; it stays there`,
  );
  await sandbox.advanceClock(seconds);
}

function isAbout(mail: Mail, sessionId: string, method: string): boolean {
  return (
    mail.icalendarMethod === method &&
    (mail.icalendar ?? '').replaceAll(/\r?\n[ \t]/g, '').includes(sessionId)
  );
}

function calendarLine({ icalendar }: Mail, property: string): string {
  const lines = (icalendar ?? '').replaceAll(/\r?\n[ \t]/g, '').split(/\r?\n/);
  return lines.find((line) => line.startsWith(property)) ?? `no ${property}`;
}

function money({ amount, currency }: { amount: number; currency: string }): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(amount / 100);
}

function shortened(url: string): string {
  return url.length > 90 ? `${url.slice(0, 87)}…` : url;
}

function printCall({ method, path, status }: CallSeen): void {
  console.log(`  ${method} ${shortened(path)} → ${status}`);
}

function title(text: string): void {
  console.log(`\n${text}`);
}

function say(text: string): void {
  console.log(`    ${text}`);
}
