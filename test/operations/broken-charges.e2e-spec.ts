import { parsePublicId } from '@app/common';
import { InvariantChecker, sql, type RawBuilder } from '@app/database';
import { mark, noShowQuote } from '../support/no-shows';
import { PayLaterWorld } from '../support/pay-later';
import { processStripeEvents } from '../support/stripe-news';

class Undo extends Error {}

const AS_A_FAULTY_RESTORE = sql`set local session_replication_role = replica`;

/** Each way in which charges could go wrong is seen by an invariant. */
describe('the invariants of what is owed later', () => {
  let practice: PayLaterWorld;
  let missed: RawBuilder<unknown>;
  let late: RawBuilder<unknown>;
  let inTime: RawBuilder<unknown>;

  beforeAll(async () => {
    practice = await PayLaterWorld.start();
    const { coach, client } = practice;
    const after = await practice.offer({ chargeTiming: 'after_session' });
    const [first, second, third] = [
      await practice.book(after),
      await practice.book(after),
      await practice.book(after),
    ];
    await practice.cancel(client, third);
    await practice.hoursBefore(first, -1 / 3);
    const { body: quote } = await noShowQuote(coach, first);
    expect((await mark(coach, first, { quoteId: quote.id })).status).toBe(200);
    await practice.hoursBefore(second, 3);
    await practice.cancel(client, second);
    await practice.app.advance(3_600);
    [missed, late, inTime] = [first, second, third].map(
      ({ id }) => sql`${parsePublicId('session', id)}::uuid`,
    ) as [typeof missed, typeof late, typeof inTime];
  });
  afterAll(() => practice.app.stop());

  /** Names of what is broken by the statements, which are undone. */
  async function brokenBy(...statements: RawBuilder<unknown>[]): Promise<string[]> {
    let names: string[] = [];
    const breaking = practice.app.database.transaction(async () => {
      await practice.app.database.execute(AS_A_FAULTY_RESTORE);
      for (const statement of statements)
        expect(await practice.app.database.execute(statement)).toBeGreaterThan(0);
      const results = await practice.app.api.get(InvariantChecker).check();
      names = results.filter(({ violations }) => violations > 0).map(({ name }) => name);
      throw new Undo();
    });
    await expect(breaking).rejects.toBeInstanceOf(Undo);
    return names;
  }

  it('hold before anything is broken', async () => {
    expect(await practice.app.brokenInvariants()).toEqual([]);
  });

  it('12 sees a no-show that was charged with another sum, not at all, or without a marking', async () => {
    const name = '12-missed-sessions-are-charged-once';
    expect(
      await brokenBy(sql`update no_shows set later_charge_minor = 9000 where session_id = ${missed}`),
    ).toEqual([name]);
    expect(
      await brokenBy(
        sql`update payments set amount_minor = 9000, captured_minor = 9000 where session_id = ${missed} and reason = 'no_show'`,
      ),
    ).toContain(name);
    expect(
      await brokenBy(
        sql`update payments set status = 'canceled', captured_minor = 0 where session_id = ${missed} and reason = 'no_show'`,
      ),
    ).toContain(name);
    expect(
      await brokenBy(
        sql`update no_shows set later_charge_minor = 0, charge_payment_id = null where session_id = ${missed}`,
      ),
    ).toEqual([name]);
  });

  it('13 sees a charge that stands though the session was cancelled in time, and money that was kept', async () => {
    const name = '13-cancelled-in-time-costs-nothing';
    const revived = sql`update payments set status = 'requires_payment', charge_state = 'planned', released_at = null,
      next_attempt_at = app_now() + interval '1 day' where session_id = ${inTime}`;
    expect(await brokenBy(revived)).toEqual([name]);
    const taken = sql`update payments set status = 'paid', captured_minor = amount_minor where session_id = ${inTime}`;
    expect(await brokenBy(taken)).toContain(name);
  });

  it('14 sees what fell due without the consent of the client, or without a decision', async () => {
    const name = '14-charges-follow-consent';
    expect(
      await brokenBy(
        sql`update sessions set policy_accepted_at = null, policy_accepted_by = null where id = ${late}`,
      ),
    ).toContain(name);
    expect(
      await brokenBy(sql`update cancellation_charges set owed_minor = 100 where session_id = ${late}`),
    ).toContain(name);
  });

  it('15 sees a cancellation that decided nothing, or whose charge is not wanted any more', async () => {
    const name = '15-what-is-owed-is-decided';
    expect(await brokenBy(sql`delete from cancellation_charges where session_id = ${inTime}`)).toEqual([
      name,
    ]);
    expect(
      await brokenBy(sql`update cancellation_charges set owed_minor = 90000 where session_id = ${late}`),
    ).toContain(name);
    const calledOff = sql`update payments set status = 'canceled', captured_minor = 0 where session_id = ${late} and reason = 'late_cancellation'`;
    expect(await brokenBy(calledOff)).toContain(name);
  });

  it('13 and 24 hold between the news of a charge that was under way and what is decided about it', async () => {
    const client = await practice.clientWith('pm_sandbox_processing');
    const session = await practice.book(practice.offering, client);
    await practice.hoursBefore(session, 40);
    expect((await practice.read(client, session.id)).paymentStatus).toBe('processing');
    await practice.app.sandbox.advanceClock(60);
    const cancelled = await practice.coach.http.post(`/v1/sessions/${session.id}/cancel`, {});
    expect(cancelled.status).toBe(200);
    await processStripeEvents(practice.app);
    expect(await practice.app.brokenInvariants()).toEqual([]);
    const forgotten = sql`delete from outbox_messages where type = 'payments.payment_paid'
      and payload ->> 'sessionId' = ${String(parsePublicId('session', session.id))}`;
    expect(await brokenBy(forgotten)).toContain('13-cancelled-in-time-costs-nothing');
    await practice.app.drain();
    expect(await practice.app.brokenInvariants()).toEqual([]);
    expect(await practice.atStripe(session)).toEqual({ taken: [9_000], givenBack: [9_000] });
  });
});
