import { randomBytes } from 'node:crypto';
import { Accounts, SignIn } from '@app/accounts';
import { parsePublicId } from '@app/common';
import { Database, sql } from '@app/database';
import type { HttpClient } from './http-client';
import type { TestApp } from './test-app';

/** Somebody with an account, and a client of the api that is signed in as them. */
export interface Person {
  accountId: string;
  email: string;
  http: HttpClient;
}

export interface CoachWorld extends Person {
  coachId: string;
}

export interface ClientWorld extends Person {
  /** Public id of the pair: the coach's record of this client. */
  clientId: string;
}

export interface SessionSummary {
  id: string;
  status: string;
  paymentStatus: string;
  startsAt: string;
  version: number;
  allowedActions: string[];
  payment: { id: string; clientSecret?: string | null } | null;
  [field: string]: unknown;
}

export const PASSWORD = 'correct horse battery';
let counter = 0;

/** Makes people and things through the public api, as far as it has a way; the rest by the modules' own services. */
export class World {
  constructor(readonly app: TestApp) {}

  async coach(
    options: {
      timezone?: string;
      currency?: string;
      hours?: boolean;
      payouts?: boolean;
      zoom?: boolean;
    } = {},
  ): Promise<CoachWorld> {
    const email = uniqueEmail('coach');
    const accountId = await this.app.api.get(Accounts).createCoach({
      email,
      password: PASSWORD,
      displayName: 'Carla Coach',
      timezone: options.timezone ?? 'Europe/Berlin',
      currency: options.currency ?? 'EUR',
    });
    const person = { accountId, email, http: await this.signedIn(accountId), coachId: accountId };
    if (options.hours !== false) await this.openAllHours(person);
    if (options.payouts === true) await this.onboard(person);
    if (options.zoom === true) await this.connectZoom(person);
    await this.app.drain();
    return person;
  }

  async admin(): Promise<Person> {
    const email = uniqueEmail('admin');
    const accountId = await this.app.api
      .get(Accounts)
      .createAdmin({ email, password: PASSWORD, displayName: 'Ada Admin', timezone: 'UTC' });
    return { accountId, email, http: await this.signedIn(accountId) };
  }

  async client(
    coach: CoachWorld,
    options: { timezone?: string; displayName?: string } = {},
  ): Promise<ClientWorld> {
    const email = uniqueEmail('client');
    const invited = await coach.http.post<{ id: string }>('/v1/clients', {
      email,
      displayName: options.displayName ?? 'Clara Client',
      timezone: options.timezone ?? 'America/New_York',
    });
    expect(invited.status).toBe(201);
    const accounts = this.app.api.get(Accounts);
    const token = await accounts.issueToken({
      purpose: 'accept_invitation',
      coachId: coach.coachId,
      clientId: parsePublicId('client', invited.body.id) ?? '',
    });
    const accepted = await this.app.http().post('/v1/auth/accept-invitation', { token, password: PASSWORD });
    expect(accepted.status).toBeLessThan(300);
    const { id: accountId } = await this.app.database.one(
      sql<{ id: string }>`select id from accounts where email = ${email}`,
    );
    return { accountId, email, http: await this.signedIn(accountId), clientId: invited.body.id };
  }

  /** Open every day from 00:00 to 24:00, bookable at once and for two years: tests say what is closed. */
  private async openAllHours(coach: CoachWorld): Promise<void> {
    const intervals = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({
      weekday,
      startTime: '00:00',
      endTime: '24:00',
    }));
    const hours = await coach.http.put('/v1/availability/weekly-hours', { intervals });
    expect(hours.status).toBe(200);
    const settings = await coach.http.patch('/v1/settings', {
      minimumNoticeMinutes: 0,
      bookingHorizonDays: 730,
    });
    expect(settings.status).toBe(200);
  }

  async onboard(coach: CoachWorld): Promise<void> {
    const link = await coach.http.post<{ url: string }>('/v1/payout-account/onboarding-links', {
      returnUrl: 'http://127.0.0.1/return',
      refreshUrl: 'http://127.0.0.1/refresh',
    });
    expect(link.status).toBe(201);
    await fetch(link.body.url, { method: 'POST', redirect: 'manual' });
    await this.app.drain();
  }

  async connectZoom(coach: CoachWorld): Promise<void> {
    const begun = await coach.http.post<{ url: string }>('/v1/connections/zoom/authorize', {});
    expect(begun.status).toBeLessThan(300);
    const consent = await fetch(
      `${begun.body.url}&sandbox_auto_approve=true&sandbox_user=${encodeURIComponent(coach.email)}`,
      { redirect: 'manual' },
    );
    const back = new URL(consent.headers.get('location') ?? '');
    const done = await this.app.http().get(`${back.pathname}${back.search}`);
    expect(done.status).toBeLessThan(400);
  }

  async offering(
    coach: CoachWorld,
    options: Record<string, unknown> = {},
  ): Promise<{ id: string; policyId: string }> {
    const free = options['priceMinor'] === 0;
    const { priceMinor = 9_000, ...more } = options;
    const created = await coach.http.post<{ id: string; policy: { id: string } }>('/v1/offerings', {
      name: 'Coaching session',
      durationMinutes: 60,
      price: { amount: priceMinor, currency: 'EUR' },
      fundingOptions: free ? ['free'] : ['card'],
      ...more,
    });
    expect(created.status).toBe(201);
    return { id: created.body.id, policyId: created.body.policy.id };
  }

  async book(
    client: ClientWorld,
    offering: { id: string; policyId: string },
    startsAt: string,
    more: Record<string, unknown> = {},
  ): Promise<SessionSummary> {
    const booked = await client.http.post<SessionSummary>('/v1/sessions', {
      offeringId: offering.id,
      startsAt,
      funding: 'card',
      acceptedPolicyId: offering.policyId,
      ...more,
    });
    if (booked.status !== 201) throw new Error(`Not booked: ${booked.status} ${JSON.stringify(booked.body)}`);
    return booked.body;
  }

  /** What the client's browser does with the client secret. */
  async pay(session: SessionSummary, paymentMethod = 'pm_card_visa'): Promise<void> {
    const intentId = String(session.payment?.clientSecret).split('_secret_')[0];
    await fetch(`${this.app.sandbox.urls.console}/sandbox/stripe/payment-intents/${intentId}/confirm`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ paymentMethod }),
    });
    await this.app.drain();
  }

  async paidSession(
    client: ClientWorld,
    offering: { id: string; policyId: string },
    startsAt: string,
  ): Promise<SessionSummary> {
    await this.pay(await this.book(client, offering, startsAt));
    const list = await client.http.get<{ data: SessionSummary[] }>(
      `/v1/sessions?view=all&startsFrom=${encodeURIComponent(startsAt)}&sort=startsAt`,
    );
    const session = list.body.data.find(
      (row) =>
        new Date(row.startsAt).getTime() === new Date(startsAt).getTime() && row.status === 'scheduled',
    );
    if (session === undefined) throw new Error('The paid session is not scheduled.');
    return this.read(client, session.id);
  }

  async read(person: Person, id: string): Promise<SessionSummary> {
    const answer = await person.http.get<SessionSummary>(`/v1/sessions/${id}`);
    expect(answer.status).toBe(200);
    return answer.body;
  }

  async signedIn(accountId: string): Promise<HttpClient> {
    const tokens = await this.app.api.get(SignIn).open(accountId, '127.0.0.1');
    return this.app.http(tokens.accessToken);
  }

  get database(): Database {
    return this.app.database;
  }
}

function uniqueEmail(kind: string): string {
  counter += 1;
  return `${kind}-${counter}-${randomBytes(3).toString('hex')}@demo.test`;
}
