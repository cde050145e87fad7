import type { ConnectionPlatform, ConnectionRecord, ConnectionStatus } from './connection-record';
import { connectionHealth, type HealthReport } from './domain/connection-health';

/** A connection as its coach sees it. */
export interface ConnectionView extends HealthReport {
  id: string;
  platform: ConnectionPlatform;
  status: ConnectionStatus;
  accountEmail: string | null;
  connectedAt: Date;
  lastCheckedAt: Date | null;
  version: number;
}

/** @param now technical time */
export function connectionView(row: ConnectionRecord, now: Date): ConnectionView {
  return {
    id: row.id,
    platform: row.platform,
    status: row.status,
    accountEmail: row.externalEmail,
    connectedAt: row.createdAt,
    lastCheckedAt: row.lastCheckedAt,
    version: row.version,
    ...connectionHealth(row, now),
  };
}
