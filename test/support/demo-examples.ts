import type { Role } from '../../apps/api/src/http/access';
import { withDemoExamples } from '../../apps/api/src/operations/openapi';
import { ADMIN, CLIENTS, COACH } from '../../apps/launcher/src/demo/people';
import { document } from './api-document';
import { DEMO_PASSWORD, type DemoApp } from './demo';
import type { Answer, HttpClient } from './http-client';
import { RestoredDatabase } from './restored-database';
import { shownExample, shownOperations, type ShownOperation } from './shown-examples';

const EMAILS: Record<Role, string> = { coach: COACH.email, client: CLIENTS.clara.email, admin: ADMIN.email };

const SECRET = 'its code is known to whoever signed in or got the mail alone, and works once';
const BY_THE_CLOCK = 'it is possible around the start of a session only';
/** Operations whose example cannot run at any moment of the demo, and why. */
export const REASONS = new Map([
  ['POST /v1/auth/refresh', SECRET],
  ['POST /v1/auth/verify-email', SECRET],
  ['POST /v1/auth/password-resets/confirm', SECRET],
  ['GET /v1/connections/{platform}/callback', SECRET],
  ['POST /v1/sessions/{id}/complete', BY_THE_CLOCK],
  ['POST /v1/sessions/{id}/join', BY_THE_CLOCK],
  ['GET /j/{token}', BY_THE_CLOCK],
  ['POST /v1/admin/outbox/{id}/retry', 'no delivery of the demo was given up'],
  ['POST /v1/admin/differences/{id}/accept', 'the demo agrees with Stripe'],
  ['POST /webhooks/stripe', 'Stripe alone can sign it'],
]);

/** The examples of the document as Swagger UI shows them beside a demo, and what each is answered. */
export class DemoExamples {
  private constructor(
    private readonly callers: ReadonlyMap<Role | 'anyone', HttpClient>,
    private readonly operations: readonly ShownOperation[],
    private readonly kept: RestoredDatabase,
  ) {}

  static async of(demo: DemoApp): Promise<DemoExamples> {
    const callers = new Map<Role | 'anyone', HttpClient>();
    const anyone = demo.app.http();
    callers.set('anyone', anyone);
    for (const role of ['coach', 'client', 'admin'] as const) {
      const { body } = await anyone.post<{ accessToken: string }>('/v1/auth/sign-in', {
        email: EMAILS[role],
        password: DEMO_PASSWORD,
      });
      callers.set(role, demo.app.http(body.accessToken));
    }
    const operations = shownOperations(withDemoExamples(document, demo.examplesFile));
    return new DemoExamples(callers, operations, await RestoredDatabase.keep(demo.app.database));
  }

  /** Operations whose example nobody who may call them could run, with the first answer. */
  async refused(): Promise<Map<string, string>> {
    const refused = new Map<string, string>();
    for (const operation of this.operations) {
      const answer = await this.refusal(operation);
      if (answer !== undefined) refused.set(operation.id, answer);
    }
    return refused;
  }

  /** What the first of those who may call it is answered; undefined when one of them succeeds. */
  private async refusal(operation: ShownOperation): Promise<string | undefined> {
    const { roles } = operation.access;
    let first: string | undefined;
    for (const role of roles === 'anyone' ? (['anyone'] as const) : roles) {
      const { status, body } = await this.run(operation, role);
      if (status < 400) return undefined;
      first ??= `${role}: ${status} ${String(body['code'])} ${String(body['detail'])}`;
    }
    return first;
  }

  /** As it is shown, by one kind of account; afterwards the data is as it was. */
  private async run(operation: ShownOperation, role: Role | 'anyone'): Promise<Answer> {
    const caller = this.callers.get(role);
    if (caller === undefined) throw new Error(`Nobody is signed in as ${role}.`);
    const { path, body } = shownExample(operation);
    const { method } = operation;
    const answer =
      method === 'POST'
        ? await caller.post(path, body)
        : await caller.send<Record<string, unknown>>(method, path, body, {});
    if (method !== 'GET' && answer.status < 400) await this.kept.restore();
    return answer;
  }
}
