export * from './deliveries';
export * from './outbox';
export * from './outbox.module';
export * from './queues';
