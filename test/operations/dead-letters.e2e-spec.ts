import { newId, parsePublicId, publicId } from '@app/common';
import { sql } from '@app/database';
import { Deliveries } from '@app/outbox';
import { TestApp } from '../support/test-app';
import { JobRunner } from '../../apps/worker/src/job-runner';
import { QueueWorkers } from '../../apps/worker/src/queue-workers';
import { World, type CoachWorld, type Person, type SessionSummary } from '../support/world';

interface DeliveryRow {
  id: string;
  job: string;
  lastError: string | null;
}

describe('a job that fails for good', () => {
  let app: TestApp;
  let coach: CoachWorld;
  let admin: Person;
  let session: SessionSummary;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
    const world = new World(app);
    coach = await world.coach({ payouts: true });
    admin = await world.admin();
    const client = await world.client(coach);
    session = await world.paidSession(client, await world.offering(coach), '2027-06-10T08:00:00Z');
  });
  afterAll(() => app.stop());

  const dead = async (): Promise<DeliveryRow[]> =>
    (await admin.http.get<{ data: DeliveryRow[] }>('/v1/admin/outbox?state=dead')).body.data;

  it('is a dead letter that admins see, and nobody else', async () => {
    app.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/refunds',
      kind: 'reset',
      times: 50,
    });
    await coach.http.post(`/v1/sessions/${session.id}/cancel`);
    await app.drain().catch(() => undefined);
    const { id } = await app.database.one(sql<{ id: string }>`
      select id from outbox_deliveries where job = 'issue-refund' and done_at is null`);
    const lastTry = app.worker.get(JobRunner).run(coach.coachId, id, true);
    await expect(lastTry).rejects.toThrow();
    expect(await dead()).toMatchObject([
      { job: 'issue-refund', lastError: expect.stringContaining('Stripe') },
    ]);
    expect((await coach.http.get('/v1/admin/outbox?state=dead')).status).toBe(403);
  });

  it('is brought back by an admin, on record, and then done once', async () => {
    app.sandbox.faults.clear();
    const [letter] = await dead();
    expect((await admin.http.post(`/v1/admin/outbox/${letter?.id}/retry`)).status).toBe(204);
    expect((await admin.http.post(`/v1/admin/outbox/${letter?.id}/retry`)).status).toBe(409);
    const audited = await app.database.many(sql<{ actorId: string }>`
      select actor_id as "actorId" from audit_entries
      where action = 'delivery.retry' and object_id = ${parsePublicId('delivery', letter?.id ?? '')}::uuid`);
    expect(audited).toEqual([{ actorId: admin.accountId }]);
    await app.redrive();
    expect(await dead()).toEqual([]);
    expect(app.sandbox.stripe.refunds).toMatchObject([{ amount: 9_000, status: 'succeeded' }]);
    expect(await app.brokenInvariants()).toEqual([]);
  });

  it('is a dead letter when nobody knows the job, and again when a retry finds nobody either', async () => {
    const { id } = await app.database.one(sql<{ id: string }>`
      insert into outbox_deliveries (coach_id, id, message_id, job, payload)
      select coach_id, ${newId()}::uuid, id, 'of-another-release', payload from outbox_messages limit 1 returning id`);
    const redrive = (): Promise<number> =>
      app.worker.get(Deliveries).redrive(0, 100, (found) => app.worker.get(QueueWorkers).enqueue(found));
    for (const last of [false, true]) {
      expect(await redrive()).toBe(1);
      expect(await dead()).toMatchObject([
        {
          id: publicId('delivery', id),
          job: 'of-another-release',
          lastError: expect.stringContaining('knows no job "of-another-release"'),
        },
      ]);
      expect(await redrive()).toBe(0);
      const retry = `/v1/admin/outbox/${publicId('delivery', id)}/retry`;
      if (!last) expect((await admin.http.post(retry)).status).toBe(204);
    }
  });
});
