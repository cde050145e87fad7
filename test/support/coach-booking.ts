import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { timeOfItsOwn } from './cancelling';
import { TestApp } from './test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from './world';

/** What somebody sees who follows the link in the mail about a booking of the coach. */
export interface Confirmation {
  sessionId: string;
  status: string;
  timezone: string;
  localStart: string;
  isPaymentDue: boolean;
  terms: { policyId: string; text: string; acceptedAt: string | null };
  payment?: { id: string; amount: unknown; clientSecret: string | null } | null;
  version: number;
}

export const CONFIRMATION_LINK = /\/v1\/booking-confirmations\/([\w-]{24})/;

type Offering = { id: string; policyId: string };

/** A practice whose coach books for a client, and the client's ways to agree to the terms. */
export class CoachBookingWorld {
  private constructor(
    readonly app: TestApp,
    readonly world: World,
    readonly coach: CoachWorld,
    readonly client: ClientWorld,
    /** Another client of the same coach. */
    readonly stranger: ClientWorld,
    readonly paid: Offering,
    readonly free: Offering,
  ) {}

  static async start(): Promise<CoachBookingWorld> {
    const app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
    const world = new World(app);
    const coach = await world.coach({ payouts: true });
    const client = await world.client(coach);
    const stranger = await world.client(coach, { displayName: 'Sam Stranger' });
    const paid = await world.offering(coach);
    return new CoachBookingWorld(
      app,
      world,
      coach,
      client,
      stranger,
      paid,
      await world.offering(coach, { priceMinor: 0 }),
    );
  }

  /** The coach books, and the mails that follow from it are sent. */
  async book(
    offering: Offering,
    options: { clientId?: string; startsAt?: string } = {},
  ): Promise<SessionSummary> {
    const booked = await this.coach.http.post<SessionSummary>('/v1/sessions', {
      offeringId: offering.id,
      clientId: options.clientId ?? this.client.clientId,
      startsAt: options.startsAt ?? timeOfItsOwn(),
      funding: offering === this.free ? 'free' : 'card',
    });
    expect(booked.status).toBe(201);
    await this.app.drain();
    return booked.body;
  }

  /** Tokens of the links in the mails to somebody, oldest first. */
  tokensTo(email: string): string[] {
    return this.app.sandbox.mailbox.to(email).flatMap(({ text }) => CONFIRMATION_LINK.exec(text)?.[1] ?? []);
  }

  newestToken(email = this.client.email): string {
    const token = this.tokensTo(email).at(-1);
    if (token === undefined) throw new Error(`No mail to ${email} has a link.`);
    return token;
  }

  show(token: string): Promise<{ status: number; body: Confirmation }> {
    return this.app.http().get<Confirmation>(`/v1/booking-confirmations/${token}`);
  }

  confirm(
    token: string,
    acceptedPolicyId: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: Confirmation }> {
    return this.app
      .http()
      .post<Confirmation>(`/v1/booking-confirmations/${token}`, { acceptedPolicyId }, headers);
  }

  /** What the timeline tells of the acceptance. */
  acceptancesOf(sessionId: string): Promise<{ by: string; via: string }[]> {
    return this.app.database.many(sql<{ by: string; via: string }>`
      select actor_kind as by, details ->> 'via' as via from session_timeline
      where session_id = ${parsePublicId('session', sessionId)}::uuid and kind = 'terms_accepted'`);
  }
}
