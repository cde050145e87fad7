export * from './connection-attempts.service';
export {
  CONNECTION_PLATFORMS,
  type ConnectionPlatform,
  type ConnectionRecord,
  type ConnectionStatus,
} from './connection-record';
export * from './connection-view';
export * from './connections.errors';
export * from './connections.events';
export * from './connections.module';
export * from './connections.service';
export type { ConnectionHealth } from './domain/connection-health';
