import { publicId } from '@app/common';
import { sql } from '@app/database';
import { dispute, disputeOf } from './disputes';
import { saveCard } from './saved-cards';
import type { TestApp } from './test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from './world';

const HOUR_MS = 3_600_000;

/** Ids that name nothing of the coach's. */
const OF_NO_PRACTICE = ['dlv', 'rec', 'dif'];

/** Weekly hours without an end: who replaces them by less refuses the sessions that others book. */
export const WHOLE_WEEK = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({
  weekday,
  startTime: '00:00',
  endTime: '24:00',
}));

/** Prefixes of what a client shares with nobody but the coach; offerings and terms are there for all clients. */
export const PERSONAL = ['ses', 'pay', 'rfd', 'nte', 'ntf', 'cli', 'prp', 'pmd'];

interface ListBody {
  data: { id: string; sessionId?: string | null; subject?: string | null }[];
}

/** A coach with two clients, and one thing of every kind that belongs to the coach and the first client. */
export class PracticeWorld {
  private readonly ids = new Map<string, string>();
  private readonly idsOfClient = new Map<string, string>();
  privateNoteId = '';
  private lastStartMs: number;
  private lastDateMs = Date.parse('2027-06-01T00:00:00Z');

  private constructor(
    private readonly world: World,
    readonly coach: CoachWorld,
    readonly client: ClientWorld,
    readonly secondClient: ClientWorld,
    private readonly offering: { id: string; policyId: string },
  ) {
    this.lastStartMs = Math.ceil((world.app.sandbox.now().getTime() + 24 * HOUR_MS) / HOUR_MS) * HOUR_MS;
  }

  static async make(app: TestApp): Promise<PracticeWorld> {
    const world = new World(app);
    const coach = await world.coach({ payouts: true, zoom: true });
    const client = await world.client(coach);
    const secondClient = await world.client(coach, { displayName: 'Sam Second' });
    return new PracticeWorld(world, coach, client, secondClient, await world.offering(coach));
  }

  /** A session that is over, with notes, and one that was cancelled, with its refund. */
  async fill(): Promise<void> {
    const { app } = this.world;
    const soon = new Date(Math.ceil(app.sandbox.now().getTime() / HOUR_MS + 1) * HOUR_MS).toISOString();
    const past = await this.world.paidSession(this.client, this.offering, soon);
    const cancelled = await this.upcoming();
    await this.coach.http.post(`/v1/sessions/${cancelled.id}/cancel`, { refund: 'partial', percent: 50 });
    await app.drain();
    await app.advanceTo(past['endsAt'] as string);
    await app.advance(1);
    const quoted = await this.upcoming();
    const quote = await this.coach.http.post<{ id: string }>(
      `/v1/sessions/${quoted.id}/cancellation-quotes`,
      {},
    );

    const refunds = await this.coach.http.get<ListBody>('/v1/refunds');
    const connections = await this.coach.http.get<ListBody>('/v1/connections');
    this.ids
      .set('coa', publicId('coach', this.coach.coachId))
      .set('cli', this.client.clientId)
      .set('ses', past.id)
      .set('pay', cancelled.payment?.id ?? '')
      .set('rfd', refunds.body.data[0]?.id ?? '')
      .set('quo', quote.body.id)
      .set('con', connections.body.data[0]?.id ?? '')
      .set('pkg', await this.fresh('pkg'))
      .set('off', this.offering.id)
      .set('pol', this.offering.policyId)
      .set('dlv', publicId('delivery', await this.delivery()))
      .set('rec', await this.comparison())
      .set('ntf', await messageOf(this.coach));
    this.idsOfClient.set('ntf', await messageOf(this.client));
    this.ids
      .set('ent', await this.fresh('ent'))
      .set('ser', await this.fresh('ser'))
      .set('pln', await this.fresh('pln'))
      .set('prp', await this.fresh('prp'))
      .set('pmd', await this.fresh('pmd'))
      .set('nte', await this.fresh('nte'))
      .set('ovr', await this.fresh('ovr'))
      .set('tof', await this.fresh('tof'))
      .set('dsp', await this.dispute())
      .set('dif', await this.fresh('dif'));
    this.privateNoteId = await this.create(`/v1/sessions/${past.id}/notes`, {
      visibility: 'private',
      body: 'For me alone.',
    });
  }

  /** Of the coach, or where each side has its own, of the client. @throws Error for a kind that nobody has made */
  idOf(prefix: string, role: 'coach' | 'client' | 'admin' = 'coach'): string {
    const id = (role === 'client' ? this.idsOfClient.get(prefix) : undefined) ?? this.ids.get(prefix);
    if (id === undefined || id === '')
      throw new Error(`There is no fixture whose id begins with ${prefix}_.`);
    return id;
  }

  /** Whatever must never be read by somebody else. */
  get traces(): string[] {
    const own = [...this.ids].filter(([prefix]) => !OF_NO_PRACTICE.includes(prefix)).map(([, id]) => id);
    return [
      ...own,
      ...this.idsOfClient.values(),
      this.coach.email,
      this.client.email,
      this.secondClient.email,
    ];
  }

  /** What the second client must not read either. */
  get personalTraces(): string[] {
    return [...PERSONAL.map((prefix) => this.idOf(prefix, 'client')), this.privateNoteId, this.client.email];
  }

  /** A thing of its own for an act that may end it; kinds that no act ends stay the same. */
  async fresh(prefix: string, role: 'coach' | 'client' | 'admin' = 'coach'): Promise<string> {
    // One of the acts ends every sign-in.
    for (const person of [this.coach, this.client]) person.http = await this.world.signedIn(person.accountId);
    switch (prefix) {
      case 'ses':
        return (await this.upcoming()).id;
      case 'cli':
        return this.create('/v1/clients', {
          email: `fresh-${this.lastStartMs}@demo.test`,
          displayName: 'Fia Fresh',
        });
      case 'nte':
        return this.create(`/v1/sessions/${this.idOf('ses')}/notes`, {
          visibility: 'shared',
          body: 'Well done.',
        });
      case 'off':
        return (await this.world.offering(this.coach)).id;
      case 'ovr':
        return this.create('/v1/availability/overrides', { date: this.nextDate(), intervals: [] });
      case 'tof':
        return this.create('/v1/availability/time-off', {
          startsAt: '2026-12-28T00:00:00Z',
          endsAt: '2026-12-29T00:00:00Z',
        });
      case 'ser':
        return this.series();
      case 'pln':
        return this.create(`/v1/series/${await this.series()}/change-plans`, { change: 'pause' });
      case 'prp':
        return this.proposal();
      case 'pmd':
        return (await saveCard(this.world.app, this.client, this.offering.policyId)).id;
      case 'pkg':
        return this.sessionPackage();
      case 'ent':
        return this.entitlement();
      case 'con':
        return this.connection();
      case 'dif':
        return publicId('difference', await this.difference());
      default:
        return this.idOf(prefix, role);
    }
  }

  /** A paid session of the first client, at a time of its own. */
  private upcoming(): Promise<SessionSummary> {
    return this.world.paidSession(this.client, this.offering, this.nextStart());
  }

  private nextStart(): string {
    this.lastStartMs += 2 * HOUR_MS;
    return new Date(this.lastStartMs).toISOString();
  }

  /** A day without sessions. */
  private nextDate(): string {
    this.lastDateMs += 24 * HOUR_MS;
    return new Date(this.lastDateMs).toISOString().slice(0, 10);
  }

  /** The client's bank has taken a payment back. */
  private async dispute(): Promise<string> {
    const session = await this.upcoming();
    await dispute(this.world.app, session);
    return (await disputeOf(this.coach, session)).id;
  }

  /** Two sessions in two weeks, a day of their own each time, far from every other. */
  private async series(): Promise<string> {
    const { id: offeringId } = await this.world.offering(this.coach, { priceMinor: 0 });
    const planId = await this.create('/v1/series/preview', {
      offeringId,
      clientId: this.client.clientId,
      localStart: `${this.nextDate()}T12:00`,
      timezone: 'Europe/Berlin',
      rule: 'FREQ=WEEKLY;COUNT=2',
      horizonDays: 400,
    });
    return this.create('/v1/series', { planId });
  }

  /** One time for a session of its own, offered by the coach. */
  private async proposal(): Promise<string> {
    const { id } = await this.upcoming();
    return this.create(`/v1/sessions/${id}/reschedule-proposals`, { times: [this.nextStart()] });
  }

  private async create(path: string, body: unknown): Promise<string> {
    const answer = await this.coach.http.post<{ id: string }>(path, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id;
  }

  private async connection(): Promise<string> {
    const alive = async (): Promise<string | undefined> => {
      const { body } = await this.coach.http.get<{ data: { id: string; status: string }[] }>(
        '/v1/connections',
      );
      return body.data.find(({ status }) => status === 'connected')?.id;
    };
    if ((await alive()) === undefined) await this.world.connectZoom(this.coach);
    return (await alive()) ?? '';
  }

  private async sessionPackage(): Promise<string> {
    return this.create('/v1/packages', {
      name: 'Five sessions',
      sessionCount: 5,
      price: { amount: 40_000, currency: 'EUR' },
      offeringIds: [this.offering.id],
      validityDays: 30,
    });
  }

  /** Bought and paid by the client. */
  private async entitlement(): Promise<string> {
    const bought = await this.client.http.post<SessionSummary>(
      `/v1/packages/${await this.sessionPackage()}/purchases`,
    );
    await this.world.pay(bought.body);
    return bought.body.id;
  }

  /** With Stripe: of no practice, like a delivery. */
  private async comparison(): Promise<string> {
    const { http } = await this.world.admin();
    return (await http.post<{ id: string }>('/v1/admin/reconcile')).body.id;
  }

  /** As a comparison notes what a person must decide. */
  private async difference(): Promise<string> {
    const { id } = await this.world.database.one(sql<{ id: string }>`
      insert into reconciliation_differences (id, kind, state, object_type, object_id, stripe_payment_intent_id, ours, theirs,
        first_run_id, last_run_id, found_at, last_seen_at, raised_at)
      select uuidv7(), 'payment_unknown_here', 'raised', 'payment', 'pi_' || uuidv7(), 'pi_1', '{}', '{}', id, id, app_now(), app_now(), app_now()
      from reconciliation_runs order by id limit 1 returning id`);
    return id;
  }

  private async delivery(): Promise<string> {
    const { id } = await this.world.database.one(sql<{ id: string }>`
      select id from outbox_deliveries where coach_id = ${this.coach.coachId}::uuid order by id limit 1`);
    return id;
  }
}

async function messageOf(person: CoachWorld | ClientWorld): Promise<string> {
  const { body } = await person.http.get<ListBody>('/v1/notifications');
  return body.data[0]?.id ?? '';
}
