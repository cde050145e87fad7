import type { Addresses } from './environment';

interface Welcome {
  addresses: Addresses;
  password: string;
  isFirstStart: boolean;
  hasDemo: boolean;
}

/** The one page that a newcomer needs. */
export function welcomePage({
  addresses: { api, console: sandbox },
  password,
  isFirstStart,
  hasDemo,
}: Welcome): string {
  const demo = `
  Sign in with the password  ${password}
    admin@demo.test    runs the platform
    coach@demo.test    the practice of Carla Coach
    client@demo.test   Clara Client; more: ben@demo.test, noor@demo.test

  What just happened
    ${isFirstStart ? WHAT_HAPPENED_FIRST : WHAT_HAPPENED_LATER}
`;
  const own = `
  The database has data of its own, so no demo data was made.
`;
  return `
────────────────────────────────────────────────────────────────────────────────
  The practice is open.

  Swagger UI       ${api}/docs
  Queues           ${api}/queues        (as admin)
  Mailbox          ${sandbox}/mailbox     every mail that was sent
  Sandbox console  ${sandbox}             Stripe, Zoom and the clock
${hasDemo ? demo : own}
  Three things to try
    1. npm run demo:story      (in another terminal) book, pay, meet, note, cancel, refund, spend credits
    2. ${api}/docs: POST /v1/auth/sign-in, put the accessToken into Authorize,
       then GET /v1/sessions, and cancel one with a quote
    3. ${sandbox}/mailbox: open a confirmation with its calendar invitation

  Ctrl-C stops everything; npm start -- --reset starts afresh.
────────────────────────────────────────────────────────────────────────────────
`;
}

const WHAT_HAPPENED_FIRST = `A coach signed up three weeks ago by the sandbox's clock, connected Stripe and
    Zoom, and invited three clients. They booked and paid; sessions took place and
    were noted, two were cancelled and refunded, and the next ones are ahead. A
    weekly series runs; one of its sessions was moved, one skipped, and other times
    are offered for a third. Some of it went wrong: a charge is disputed, a missed
    session found no card to charge, a bank sent a refund back. All of it went
    through the public API.`;

const WHAT_HAPPENED_LATER = `Everything is as you left it: the database, and the sandbox's Stripe, Zoom and
    mailbox. Its clock goes on from where it stood.`;

export function printWelcome(welcome: Welcome): void {
  console.log(welcomePage(welcome));
}
