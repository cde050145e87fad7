import { ZoomError } from './zoom-error';
import type { ZoomModel, ZoomUserRow } from './zoom-model';

/**
 * Counts one create or update of a user against the limit of the UTC day (business clock).
 *
 * @throws ZoomError 429 beyond it; like Zoom's, without Retry-After
 */
export function countUse(model: ZoomModel, user: ZoomUserRow): void {
  const { dailyLimit } = model.settings;
  const id = `${user.id} ${model.clock.nowIso().slice(0, 10)}`;
  const used = model.tables.dailyUse.get(id)?.used ?? 0;
  if (used >= dailyLimit) {
    throw new ZoomError(
      429,
      429,
      `You have exceeded the daily rate limit (${dailyLimit}) of Meeting Create/Update API requests permitted for this user (${user.id}).`,
    );
  }
  model.tables.dailyUse.put({ id, used: used + 1 });
}
