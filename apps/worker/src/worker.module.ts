import { Module, type DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { AccountsModule } from '@app/accounts';
import { AvailabilityModule } from '@app/availability';
import { ConnectionsModule } from '@app/connections';
import { ConfigModule, DatabaseModule } from '@app/database';
import { NotesModule } from '@app/notes';
import { NotificationsModule } from '@app/notifications';
import { OfferingsModule } from '@app/offerings';
import { OutboxModule } from '@app/outbox';
import { PackagesModule } from '@app/packages';
import { PaymentsModule } from '@app/payments';
import { SessionsModule } from '@app/sessions';
import { VideoModule } from '@app/video';
import { WORKER_CONFIG, type WorkerConfig } from './config';
import { HealthController } from './health.controller';
import { JobHandlers } from './job-handlers';
import { JobRunner } from './job-runner';
import { OutboxRelay } from './outbox-relay';
import { QueueWorkers } from './queue-workers';
import { ReconciliationWatch } from './reconciliation-watch';
import { Sweeps } from './sweeps';

@Module({})
export class WorkerModule {
  static async with(config: WorkerConfig): Promise<DynamicModule> {
    return {
      module: WorkerModule,
      imports: [
        LoggerModule.forRoot({ pinoHttp: { level: config.LOG_LEVEL, autoLogging: false } }),
        await DatabaseModule.forRoot({
          url: config.DATABASE_URL,
          poolSize: config.DATABASE_POOL_SIZE,
          applicationName: 'worker',
        }),
        ConfigModule.with(config, WORKER_CONFIG),
        OutboxModule,
        AccountsModule,
        OfferingsModule,
        AvailabilityModule,
        PaymentsModule,
        PackagesModule,
        SessionsModule,
        ConnectionsModule,
        VideoModule,
        NotesModule,
        NotificationsModule,
      ],
      controllers: [HealthController],
      providers: [JobHandlers, JobRunner, OutboxRelay, QueueWorkers, ReconciliationWatch, Sweeps],
    };
  }
}
