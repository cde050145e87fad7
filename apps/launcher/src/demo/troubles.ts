import { until } from '../http/until';
import { untilSession } from './booking';
import type { Cast } from './cast';
import type { History } from './history';
import { CLIENTS } from './people';

/** What went wrong and waits for somebody: each practice has some of it. */
export interface Troubles {
  /** A missed session whose charge found no card. */
  unpaidId: string;
  unpaidPaymentId: string;
  /** Code of the link by which it can be paid. */
  paymentLink: string;
  /** Sent back by the client's bank. */
  failedRefundId: string;
}

/** Waits until what the history began has gone wrong. @throws WaitedInVain */
export async function meetTroubles(cast: Cast, { unpaid, cancelledByCoach }: History): Promise<Troubles> {
  const { coach, sandbox, signal } = cast;
  const owed = await untilSession(
    coach,
    unpaid.id,
    'its charge was given up',
    signal,
    ({ paymentStatus, payment }) => paymentStatus === 'failed' && payment !== null,
  );
  const link = /\/payment-links\/([\w-]{20,})/;
  const mail = await sandbox.mail(CLIENTS.noor.email, 'a link to pay by', ({ text }) => link.test(text));
  const refund = await until('a refund has failed', 60, signal, async () => {
    const { data } = await coach.peek<{ data: { id: string; status: string }[] }>(
      `/v1/refunds?sessionId=${cancelledByCoach.id}`,
    );
    return data.find(({ status }) => status === 'failed');
  });
  return {
    unpaidId: unpaid.id,
    unpaidPaymentId: owed.payment?.id ?? '',
    paymentLink: link.exec(mail.text)?.[1] ?? '',
    failedRefundId: refund.id,
  };
}
