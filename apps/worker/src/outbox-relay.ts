import { Inject, Injectable, Logger } from '@nestjs/common';
import { Deliveries, type Delivery } from '@app/outbox';
import { Client } from 'pg';
import { WORKER_CONFIG, type WorkerConfig } from './config';
import { routesOf } from './event-routes';

const BATCH = 200;
const RECONNECT_MS = 1_000;

/** Moves what was announced into the queues: woken by NOTIFY at each commit, and by a slow poll. */
@Injectable()
export class OutboxRelay {
  private readonly logger = new Logger(OutboxRelay.name);
  private listener: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private stopped = false;

  constructor(
    private readonly deliveries: Deliveries,
    @Inject(WORKER_CONFIG) private readonly config: WorkerConfig,
  ) {}

  async start(enqueue: (deliveries: Delivery[]) => Promise<void>): Promise<void> {
    this.timer = setInterval(() => this.wake(enqueue), this.config.RELAY_POLL_MS);
    await this.listen(enqueue);
    this.wake(enqueue);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
    await this.listener?.end().catch(() => undefined);
  }

  private async listen(enqueue: (deliveries: Delivery[]) => Promise<void>): Promise<void> {
    if (this.stopped) return;
    const listener = new Client({
      connectionString: this.config.DATABASE_URL,
      application_name: 'worker-relay',
    });
    const reconnect = (): void => {
      if (this.listener !== listener) return;
      this.listener = undefined;
      setTimeout(() => void this.listen(enqueue), RECONNECT_MS).unref();
    };
    this.listener = listener;
    listener.on('error', reconnect).on('end', reconnect);
    listener.on('notification', () => this.wake(enqueue));
    try {
      await listener.connect();
      await listener.query('listen outbox');
    } catch (error) {
      this.logger.warn(`not listening, polling only: ${String(error)}`);
      reconnect();
    }
  }

  private wake(enqueue: (deliveries: Delivery[]) => Promise<void>): void {
    if (this.stopped) return;
    this.again = true;
    this.running ??= this.relayAll(enqueue).finally(() => {
      this.running = undefined;
    });
  }

  private async relayAll(enqueue: (deliveries: Delivery[]) => Promise<void>): Promise<void> {
    while (this.again && !this.stopped) {
      this.again = false;
      try {
        const published = await this.deliveries.publish(BATCH, routesOf, enqueue);
        if (published === BATCH) this.again = true;
      } catch (error) {
        this.logger.error({ err: error }, 'relay failed, the poll tries again');
      }
    }
  }
}
