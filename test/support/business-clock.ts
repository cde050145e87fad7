import { sql } from '@app/database';
import type { TestApp } from './test-app';

/** Sets business time, to the second, without any sweep. */
export async function setNow(at: TestApp, instantMs: number): Promise<void> {
  const { now } = await at.database.one(sql<{ now: Date }>`select app_now() as now`);
  const seconds = Math.round((instantMs - now.getTime()) / 1_000);
  await at.database.execute(sql`update clock_offset set seconds = seconds + ${seconds}::bigint`);
}
