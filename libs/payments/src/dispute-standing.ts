import { sql, type RawBuilder } from '@app/database';

/**
 * Of `payments p`: a dispute was lost and no other is undecided, so that nothing can be given back any more. The same as
 * `DisputeStanding.known` says.
 */
export const isDisputeLost: RawBuilder<boolean> = sql<boolean>`(p.status = 'disputed' and not exists (select from disputes held
  where held.coach_id = p.coach_id and held.payment_id = p.id
    and held.status not in ('lost', 'won', 'prevented') and held.status not like 'warning\_%'))`;
