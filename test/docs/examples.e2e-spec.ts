import type { Role } from '../../apps/api/src/http/access';
import { withDemoExamples } from '../../apps/api/src/operations/openapi';
import { ADMIN, CLIENTS, COACH } from '../../apps/launcher/src/demo/people';
import { document } from '../support/api-document';
import { DEMO_PASSWORD, DemoApp } from '../support/demo';
import type { Answer, HttpClient } from '../support/http-client';
import { RestoredDatabase } from '../support/restored-database';
import { shownExample, shownOperations, type ShownOperation } from '../support/shown-examples';

const EMAILS: Record<Role, string> = { coach: COACH.email, client: CLIENTS.clara.email, admin: ADMIN.email };

const SECRET = 'its code is known to whoever signed in or got the mail alone, and works once';
const BY_THE_CLOCK = 'it is possible around the start of a session only';
/** Operations whose example cannot run at any moment of the demo, and why. */
const REASONS = new Map([
  ['POST /v1/auth/refresh', SECRET],
  ['POST /v1/auth/verify-email', SECRET],
  ['POST /v1/auth/password-resets/confirm', SECRET],
  ['GET /v1/connections/{platform}/callback', SECRET],
  ['POST /v1/sessions/{id}/complete', BY_THE_CLOCK],
  ['POST /v1/sessions/{id}/join', BY_THE_CLOCK],
  ['GET /j/{token}', BY_THE_CLOCK],
  [
    'POST /v1/sessions/{id}/waive-charge',
    'no session of the demo was missed or cancelled late before it was paid',
  ],
  ['POST /v1/payments/{id}/retry', 'no charge of the demo was given up'],
  ['GET /v1/payment-links/{token}', 'no charge of the demo was refused, so no link was mailed'],
  ['POST /v1/payment-links/{token}', 'no charge of the demo was refused, so no link was mailed'],
  ['GET /v1/payment-links/{token}/checkout', 'no charge of the demo was refused, so no link was mailed'],
  ['POST /v1/payment-links/{token}/checkout', 'no charge of the demo was refused, so no link was mailed'],
  ['POST /v1/payments/{id}/checkout-links', 'the payment that the example shows is made already'],
  ['POST /v1/refunds/{id}/retry', 'no refund of the demo has failed'],
  ['POST /v1/admin/outbox/{id}/retry', 'no delivery of the demo was given up'],
  ['POST /v1/admin/differences/{id}/accept', 'the demo agrees with Stripe'],
  ['POST /webhooks/stripe', 'Stripe alone can sign it'],
]);

describe("the examples of the document, against the demo's data", () => {
  const callers = new Map<Role | 'anyone', HttpClient>();
  let demo: DemoApp;
  let kept: RestoredDatabase;
  let operations: ShownOperation[];

  beforeAll(async () => {
    demo = await DemoApp.start();
    const anyone = demo.app.http();
    callers.set('anyone', anyone);
    for (const role of ['coach', 'client', 'admin'] as const) {
      const { body } = await anyone.post<{ accessToken: string }>('/v1/auth/sign-in', {
        email: EMAILS[role],
        password: DEMO_PASSWORD,
      });
      callers.set(role, demo.app.http(body.accessToken));
    }
    operations = shownOperations(withDemoExamples(document, demo.examplesFile));
    kept = await RestoredDatabase.keep(demo.app.database);
  }, 120_000);
  afterAll(() => demo.stop());

  /** As it is shown, by one kind of account; afterwards the data is as it was. */
  async function run(operation: ShownOperation, role: Role | 'anyone'): Promise<Answer> {
    const caller = callers.get(role);
    if (caller === undefined) throw new Error(`Nobody is signed in as ${role}.`);
    const { path, body } = shownExample(operation);
    const { method } = operation;
    const answer =
      method === 'POST'
        ? await caller.post(path, body)
        : await caller.send<Record<string, unknown>>(method, path, body, {});
    if (method !== 'GET' && answer.status < 400) await kept.restore();
    return answer;
  }

  /** What the first of those who may call it is answered; undefined when one of them succeeds. */
  async function refusal(operation: ShownOperation): Promise<string | undefined> {
    const { roles } = operation.access;
    let first: string | undefined;
    for (const role of roles === 'anyone' ? (['anyone'] as const) : roles) {
      const { status, body } = await run(operation, role);
      if (status < 400) return undefined;
      first ??= `${role}: ${status} ${String(body['code'])} ${String(body['detail'])}`;
    }
    return first;
  }

  it('run as they stand, but for those with a reason', async () => {
    const refused = new Map<string, string>();
    for (const operation of operations) {
      const answer = await refusal(operation);
      if (answer !== undefined) refused.set(operation.id, answer);
    }
    expect([...refused].filter(([id]) => !REASONS.has(id))).toEqual([]);
    // A reason that is none any more leaves the list.
    expect([...REASONS.keys()].filter((id) => !refused.has(id))).toEqual([]);
  }, 120_000);

  it('leave the data whole', async () => {
    expect(await demo.app.brokenInvariants()).toEqual([]);
  });
});
