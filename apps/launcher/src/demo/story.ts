import type { Addresses } from '../environment';
import { ApiClient } from '../http/api-client';
import { SandboxClient, type Mail } from '../http/sandbox-client';
import { book, payFor, slotsAfter, untilSession, type SessionAnswer, type Wish } from './booking';
import { tellOfPackage } from './package-story';
import { CLIENTS, COACH } from './people';
import { money, moveClockTo, printCall, say, shortened, showLedger, title, type Scene } from './telling';

const JOIN_SECONDS = 15 * 60;
const DAY_MS = 86_400_000;

interface Offering {
  id: string;
  name: string;
  durationMinutes: number;
  price: { amount: number; currency: string };
  policy: { id: string; text: string };
}

/**
 * Book, pay, meet, complete, note, cancel, refund, and the same by credits of a package: each call and its answer in short.
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
  await tellOfPackage(scene);
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
  if (refunded.payment === null) throw new Error('The session has no payment.');
  await showLedger(coach, refunded.payment.id, signal);
}

interface Quote {
  id: string;
  refund: { amount: number; currency: string };
  clause: string;
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
