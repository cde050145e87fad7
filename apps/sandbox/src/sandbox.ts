import { createConsoleServer } from './console/console.server';
import { startSmtpSink } from './mail/smtp.server';
import { assemble } from './sandbox-parts';
import type { Sandbox, SandboxOptions } from './sandbox.types';
import { SandboxClock } from './shared/clock';
import { listen } from './shared/http-server';
import { SnapshotFile } from './shared/snapshot-file';
import { settleDue } from './stripe/settlement';
import { createStripeServer } from './stripe/stripe.server';
import { viewStripe } from './stripe/stripe-view';
import { STRIPE_CHANNEL, STRIPE_CONNECT_CHANNEL } from './stripe/stripe-webhooks';
import { ZOOM_CHANNEL } from './zoom/meeting-events';
import { createZoomServer } from './zoom/zoom.server';
import type { ZoomModel } from './zoom/zoom-model';

export { DEMO_ZOOM_CLIENT } from './sandbox-parts';
export type * from './sandbox.types';

const SETTLE_EVERY_MS = 200;

/**
 * Starts the stand-ins of the outside world.
 *
 * @throws Error when a port is taken, the clock's table is missing, or the snapshot is not one
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const host = options.host ?? '127.0.0.1';
  const clock = await SandboxClock.open(options.databaseUrl);
  const snapshot = new SnapshotFile(options.dataFile);
  const parts = assemble(options, clock, snapshot);
  const { faults, webhooks, mailbox, stripe, zoom } = parts;

  const servers = [
    createStripeServer(stripe, faults),
    createZoomServer(zoom, faults),
    createConsoleServer(parts),
  ] as const;
  const closeAll = async () => {
    await Promise.all(servers.map((server) => server.close()));
    await webhooks.close();
    await snapshot.close();
    await clock.close();
  };
  try {
    await snapshot.load();
    stripe.settings.baseUrl = await listen(servers[0], host, options.ports?.stripe ?? 0);
    zoom.settings.baseUrl = await listen(servers[1], host, options.ports?.zoom ?? 0);
    const consoleUrl = await listen(servers[2], host, options.ports?.console ?? 0);
    const smtp = await startSmtpSink(mailbox, clock, faults, host, options.ports?.smtp ?? 0);
    webhooks.resume();
    const settle = () => settleDue(stripe);
    clock.onAdvance(settle);
    const timer = setInterval(() => void clock.refresh().then(settle), SETTLE_EVERY_MS);
    return {
      urls: {
        console: consoleUrl,
        stripe: stripe.settings.baseUrl,
        zoom: zoom.settings.baseUrl,
        smtp: smtp.url,
      },
      stripe: viewStripe(stripe),
      zoom: viewZoom(zoom),
      mailbox,
      faults,
      get webhookDeliveries() {
        return webhooks.deliveries.all();
      },
      now: () => new Date(clock.nowMs()),
      advanceClock: (seconds) => clock.advance(seconds),
      setStripeWebhook: (target) => webhooks.setTarget(STRIPE_CHANNEL, target),
      setStripeConnectWebhook: (target) => webhooks.setTarget(STRIPE_CONNECT_CHANNEL, target),
      setZoomWebhook: (target) => webhooks.setTarget(ZOOM_CHANNEL, target),
      drainWebhooks: () => webhooks.drain(),
      close: async () => {
        clearInterval(timer);
        await smtp.close();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function viewZoom(zoom: ZoomModel): Sandbox['zoom'] {
  return {
    get meetings() {
      return zoom.tables.meetings.all();
    },
    get tokens() {
      return zoom.tables.tokens.all();
    },
    get calls() {
      return zoom.tables.calls.all();
    },
  };
}
