import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, hashOfLinkToken, linkToken, type SharedConfig } from '@app/common';
import { Database, sql } from '@app/database';
import { paymentColumns, type PaymentRecord } from './payment-record';
import { PaymentLinkNotFound } from './payments.errors';

/** Business time that a link works after the last mail with it. */
const LINK_LIVES = sql`interval '30 days'`;

/** What a link in a mail leads to. */
export interface LinkedPayment {
  payment: PaymentRecord;
  expiresAt: Date;
  /** The client has accepted the terms of what it pays for. */
  isAgreed: boolean;
}

/** Still to be paid: also before its time, and while the card is tried again. */
export function isPayableByLink({ status, releasedAt }: PaymentRecord): boolean {
  return releasedAt === null && (status === 'requires_payment' || status === 'failed');
}

/**
 * The private link by which a client pays what their saved card did not. It stands in the mails about that payment,
 * serves this purpose alone, and expires. The token is derived from a secret; the database has only its hash.
 */
@Injectable()
export class PaymentLinks {
  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: SharedConfig,
  ) {}

  /** The link for a mail that is about to be sent; from now on it leads somewhere. As often as wanted. */
  async linkOf(coachId: string, paymentId: string): Promise<string> {
    const token = linkToken(this.config.LINK_SECRET, `pay:${coachId}:${paymentId}`);
    const hash = hashOfLinkToken(token);
    await this.database.execute(sql`
      insert into payment_links (coach_id, payment_id, token_hash, created_at, expires_at)
      values (${coachId}::uuid, ${paymentId}::uuid, ${hash}, app_now(), app_now() + ${LINK_LIVES})
      on conflict (coach_id, payment_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at`);
    return new URL(`/v1/payment-links/${token}`, this.config.PUBLIC_URL).toString();
  }

  /** @throws PaymentLinkNotFound also for one that has expired, and for a client who was removed */
  async find(token: string): Promise<LinkedPayment> {
    const link = await this.database.maybe(sql<PaymentRecord & Omit<LinkedPayment, 'payment'>>`
      select ${paymentColumns}, l.expires_at as "expiresAt", (s.id is null or s.policy_accepted_at is not null) as "isAgreed"
      from payment_links l
      join payments p on p.coach_id = l.coach_id and p.id = l.payment_id
      join clients c on c.coach_id = p.coach_id and c.id = p.client_id
      left join sessions s on s.coach_id = p.coach_id and s.id = p.session_id
      where l.token_hash = ${hashOfLinkToken(token)} and l.expires_at > app_now() and c.removed_at is null`);
    if (link === undefined) throw new PaymentLinkNotFound();
    const { expiresAt, isAgreed, ...payment } = link;
    return { payment, expiresAt, isAgreed };
  }
}
