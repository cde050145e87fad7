import { allowedActions, type ActionRole, type SessionAction } from './domain/allowed-actions';
import type { SessionRecord } from './session-record';
import { ActionNotAllowed } from './sessions.errors';

/** The refusal of an act, with what this reader could do instead. */
export function actionNotAllowed(
  action: SessionAction,
  session: SessionRecord,
  role: ActionRole,
  now: Date,
): ActionNotAllowed {
  return new ActionNotAllowed(action, session.status, allowedActions(session, role, now, 0));
}
