import { Global, Module } from '@nestjs/common';
import { Deliveries } from './deliveries';
import { Outbox } from './outbox';

@Global()
@Module({ providers: [Outbox, Deliveries], exports: [Outbox, Deliveries] })
export class OutboxModule {}
