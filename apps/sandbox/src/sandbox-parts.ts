import { Mailbox } from './mail/mailbox';
import type { SandboxOptions } from './sandbox.types';
import type { SandboxClock } from './shared/clock';
import { FaultPlan } from './shared/faults';
import { IdSource } from './shared/id-source';
import type { SnapshotFile } from './shared/snapshot-file';
import { restoreTables, tablesToJson } from './shared/table';
import { WebhookSender } from './shared/webhook-sender';
import { createStripeTables, type StripeModel } from './stripe/stripe-model';
import { deliverTo, STRIPE_CHANNEL, STRIPE_CONNECT_CHANNEL, stripeChannel } from './stripe/stripe-webhooks';
import { zoomChannel } from './zoom/meeting-events';
import { createZoomTables, type ZoomModel } from './zoom/zoom-model';

/** What the demo and the tests use where nothing else is configured. */
export const DEMO_ZOOM_CLIENT = { id: 'sandbox-zoom-client', secret: 'sandbox-zoom-secret' };

/** The parts that are not servers, wired to one clock and one snapshot. */
export interface SandboxParts {
  clock: SandboxClock;
  faults: FaultPlan;
  webhooks: WebhookSender;
  mailbox: Mailbox;
  stripe: StripeModel;
  zoom: ZoomModel;
}

/** Makes the parts and tells the snapshot what to keep of each. */
export function assemble(options: SandboxOptions, clock: SandboxClock, snapshot: SnapshotFile): SandboxParts {
  const changed = snapshot.markChanged;
  const ids = new IdSource(options.seed);
  const faults = new FaultPlan(changed);
  const webhooks = new WebhookSender(clock, faults, changed);
  webhooks.addChannel(stripeChannel(STRIPE_CHANNEL, options.stripeWebhook));
  webhooks.addChannel(stripeChannel(STRIPE_CONNECT_CHANNEL, options.stripeConnectWebhook));
  webhooks.addChannel(zoomChannel(options.zoomWebhook));
  const mailbox = new Mailbox(changed);
  const stripe: StripeModel = {
    tables: createStripeTables(changed),
    clock,
    ids,
    settings: {
      feeRounding: options.feeRounding ?? 'nearest',
      processingFee: options.processingFee ?? { basisPoints: 290, fixedMinor: 30 },
      pendingRefundSeconds: options.pendingRefundSeconds ?? 5,
      failingRefundSeconds: options.failingRefundSeconds ?? 10,
      processingSeconds: options.processingSeconds ?? 5,
      disputeSeconds: options.disputeSeconds ?? 5,
      disputeResponseSeconds: options.disputeResponseSeconds ?? 9 * 86_400,
      disputeFeeMinor: options.disputeFeeMinor ?? 1_500,
      baseUrl: '',
    },
    cause: { requestId: null, idempotencyKey: null },
    deliver: deliverTo(webhooks),
  };
  const client = options.zoomClient ?? DEMO_ZOOM_CLIENT;
  const zoom: ZoomModel = {
    tables: createZoomTables(changed),
    clock,
    ids,
    settings: {
      clientId: client.id,
      clientSecret: client.secret,
      dailyLimit: options.zoomDailyLimit ?? 100,
      baseUrl: '',
    },
    webhooks,
  };
  snapshot.add('clock', {
    save: () => String(clock.offsetSeconds),
    restore: (saved) => clock.restore(Number(saved ?? 0)),
  });
  snapshot.add('ids', {
    save: () => String(ids.position),
    restore: (saved) => ids.restore(Number(saved ?? 0)),
  });
  snapshot.add('faults', { save: () => faults.save(), restore: (saved) => faults.restore(saved) });
  snapshot.add('webhooks', tablePart({ deliveries: webhooks.deliveries }));
  snapshot.add('mailbox', { save: () => mailbox.rows.toJson(), restore: (saved) => mailbox.restore(saved) });
  snapshot.add('stripe', tablePart(stripe.tables));
  snapshot.add('zoom', tablePart(zoom.tables));
  clock.onAdvance(changed);
  return { clock, faults, webhooks, mailbox, stripe, zoom };
}

function tablePart(tables: Parameters<typeof tablesToJson>[0]) {
  return { save: () => tablesToJson(tables), restore: (saved: unknown) => restoreTables(tables, saved) };
}
